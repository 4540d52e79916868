-- Writes what the events of a released stream say of its usage and its end into metadata of the request.
-- Events are looked at as text. Most hold none of the words below, and cost a few searches. A word that stands
-- inside a JSON text has its quotes escaped there, so that it is none of these. A provider's bytes are nobody's
-- friends: all that happens here takes time in proportion to them, so that patterns begin with what is fixed.

local NAMESPACE = "sluice.said"
local NEWLINE = 10

-- Of a line that is longer, its beginning and its end are looked at. Bytes.
local LINE = 1048576
local KEPT = 262144

-- A line that comes in more pieces is joined in between.
local PIECES = 1024

-- An object that is longer is no usage. Bytes.
local OBJECT = 8192

-- So many members of one name are looked at in a line, the last first.
local MEMBERS = 16

local WORDS = {
  "usage",
  "eason\":\"",
  "eason\": \"",
  "\"error\"",
  "[DONE]",
  "response.completed",
  "response.incomplete",
  "response.failed",
}

local ENDS = { completed = true, incomplete = true, failed = true }

local function telling(text)
  for i = 1, #WORDS do
    if text:find(WORDS[i], 1, true) then
      return true
    end
  end
  return false
end

-- The last object of this name that counts tokens; a tool's schema may have one of the same name that does not.
local function count(said, key, line, name)
  local found = {}
  local _, at = line:find(name, 1, true)
  while at do
    found[#found + 1] = at
    _, at = line:find(name, at + 1, true)
  end
  for i = #found, math.max(1, #found - MEMBERS + 1), -1 do
    local object = line:sub(found[i] + 1, found[i] + OBJECT):match("^%s*:%s*(%b{})")
    if object and object:find("oken", 1, true) then
      said[key] = object
      return
    end
  end
end

local function read(said, line)
  local _, kind = line:find("\"response.", 1, true)
  if kind then
    local status = line:match("^%a+", kind + 1)
    if ENDS[status] then
      said["response.status"] = status
      count(said, "response.usage", line, "\"usage\"")
    end
    return
  end
  if line:find("\"message_start\"", 1, true) then
    count(said, "message.usage", line, "\"usage\"")
    return
  end
  count(said, "usageMetadata", line, "\"usageMetadata\"")
  count(said, "usage", line, "\"usage\"")
  if line:find("eason\"", 1, true) then
    local stop = line:match("\"stop_reason\"%s*:%s*\"([^\"]+)\"")
    if stop then
      said["delta.stop_reason"] = stop
    end
    -- finish_reason, finishReason, and blockReason where there is no answer to a prompt.
    local finish = line:match("\"[fb]%a+_?[rR]eason\"%s*:%s*\"([^\"]+)\"")
    if finish then
      said["finish"] = finish
    end
  elseif line:find("[DONE]", 1, true) then
    said["finish"] = said["finish"] or "[DONE]"
  end
  local _, fault = line:find("\"error\"", 1, true)
  if fault and line:find("^%s*:%s*[^%sn]", fault + 1) then
    said["error"] = "true"
  end
end

local function lines(handle, text)
  if telling(text) then
    local said = {}
    for line in text:gmatch("[^\r\n]+") do
      if telling(line) then
        read(said, line)
      end
    end
    for key, value in pairs(said) do
      handle:streamInfo():dynamicMetadata():set(NAMESPACE, key, value)
    end
  end
end

function envoy_on_response(handle)
  local type = handle:headers():get("content-type")
  if type == nil or not type:lower():find("text/event-stream", 1, true) then
    return
  end
  local pieces = {}
  local size = 0
  for chunk in handle:bodyChunks() do
    local text = chunk:getBytes(0, chunk:length())
    if size == 0 and text:byte(-1) == NEWLINE then
      lines(handle, text)
    else
      local last = text:match("^.*()\n")
      if last then
        pieces[#pieces + 1] = text:sub(1, last)
        lines(handle, table.concat(pieces))
        pieces = {}
        size = 0
        text = text:sub(last + 1)
      end
      if #text > 0 then
        pieces[#pieces + 1] = text
        size = size + #text
      end
      if size > LINE then
        local all = table.concat(pieces)
        pieces = { all:sub(1, KEPT), all:sub(-KEPT) }
        size = 2 * KEPT
      elseif #pieces > PIECES then
        pieces = { table.concat(pieces) }
      end
    end
  end
  lines(handle, table.concat(pieces))
end
