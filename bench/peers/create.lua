-- Files a report a request: a new draft under a new key each time. Arguments: the area.
local area
function init(args)
  area = args[1]
  math.randomseed(os.time() + tonumber(tostring({}):sub(8), 16) % 100000)
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
end

local function uuid()
  return (string.gsub("xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx", "x", function() return string.format("%x", math.random(0, 15)) end))
end

function request()
  wrk.headers["Idempotency-Key"] = uuid()
  local body = '{"text":"3栋2单元楼道灯不亮，晚上老人上下楼很不安全。","category":"lighting","place":{"area":"' .. area ..
    '","lat":30.62,"lng":104.12},"client_token":"' .. uuid() .. '"}'
  return wrk.format(nil, nil, nil, body)
end
