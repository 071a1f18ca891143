// 收回: what was just sent from here can be taken back while the page is open; nobody sees or hears it from then on.
"use strict";
function takeable(words, path) {
  const one = button(`收回${words}`, () => busy(() => "正在收回…", async () => {
    await call(path, null, "DELETE");
    one.replaceWith(made("p", `${words}收回了，谁也看不到了。`));
  }), "plain");
  return one;
}

function takeablePhotos(report, photos) {
  return photos.map(({id}, place) => takeable(photos.length > 1 ? `第 ${place + 1} 张照片` : "照片", `/api/v1/reports/${report}/photos/${id}`));
}
