-- Affetto in TouchOSC: paste this into the script of the document itself (select nothing, then Script).
-- Then add controls and name each after the last word of an address:
--   faders and radials: aggressive, happy, relaxed, sad, valence, arousal, and mid-level features such as brightness
--   labels: label, state
-- A control that is not there is left out. Connections > OSC: UDP, receive port 9000.

local least = { valence = -1, arousal = -1 } -- of the range; every other number is taken from 0 to 1 ...
local most = { valence = 1, arousal = 1 }
local function scaled(path, name, value)
  local low, high = least[name] or 0, most[name] or 1
  if path:find('/midlevel/', 1, true) then -- ... but for these, which are standard deviations
    low, high = -3, 3
  end
  return math.max(0, math.min(1, (value - low) / (high - low)))
end

function onReceiveOSC(message, connections)
  local path, arguments = message[1], message[2]
  if path:sub(1, 9) ~= '/affetto/' then
    return false
  end
  local name = path:match('[%a_]+$')
  local control = self:findByName(name, true)
  if not control then
    return false
  end
  if arguments[1].tag == 's' then
    control.values.text = arguments[1].value
  elseif arguments[1].tag == 'f' then
    control.values.x = scaled(path, name, arguments[1].value)
  end
  return true -- it is dealt with
end
