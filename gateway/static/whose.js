// A good code that does not say yet who it is: a number that a household shares, or one that nobody used for long.
"use strict";
const NAMELESS = "没有登记姓名的这一位";

function whose(refusal) { // what is asked, and what each answer sends; nothing of any other refusal
  const {kind, said} = refusal;
  if (kind === "person-wanted") {
    return {title: "这个手机号几个人在用", hint: "请点您自己。", answers: said.people.map((one) => ({
      words: one.name || NAMELESS, path: "/sign-in/phone/choice", body: {challenge: said.challenge, person_id: one.person_id},
    }))};
  }
  if (kind === "phone-silent") {
    return {
      title: "这个手机号很久没有登录过", hint: "如果您以前用过它：请在“智惠国槐”小程序里用微信登录，或者请社区工作人员给您登记。写好的内容留在本页，一会儿还能接着报。",
      answers: [{words: "我是新机主，以前没有用过", path: "/sign-in/phone/stranger", body: {challenge: said.challenge}}],
    };
  }
  return null;
}

function askWhich({title, hint, answers}) {
  at("whose").textContent = title;
  at("how").textContent = hint;
  at("people").replaceChildren(...answers.map(({words, path, body}) => button(words, () => busy(filing, async () => {
    await enter(path, body);
    await goOn();
  }), "first")));
  challenge = null; // the code is used up: whoever comes back asks for another
  at("code").value = "";
  step("which");
}
