-- Posts ready forms, a line each, from the file named as the argument. A refresh token in an answer becomes the next form with one.
local forms, first, last = {}, 1, 0

local function add(form)
  last = last + 1
  forms[last] = form
end

function init(args)
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
  for line in io.lines(args[1]) do add(line) end
end

function request()
  local form = forms[first]
  if form == nil then error("the forms are used up") end
  forms[first], first = nil, first + 1
  return wrk.format(nil, nil, nil, form)
end

function response(status, headers, body)
  local token = body:match('"refresh_token"%s*:%s*"([^"]+)"')
  if token then
    local more = body:match('"person_id"') and "" or "&client_id=phone"
    add("grant_type=refresh_token" .. more .. "&refresh_token=" .. token)
  end
end
