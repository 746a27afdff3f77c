-- Springtail (firmware/PROTOCOL.md) for Wireshark and tshark, from 4.0 on: see README.md beside this file.
--
-- It finds Springtail among any UDP by the keys of a key log alone, unmasks, checks tags, decrypts, and follows sessions over hops, epochs, resumes and
-- changes of address. Outside Wireshark the file returns its primitives, for tests.

---------------------------------------------------------------------------------------------------------------------------------------------------------------
-- Words. Lua 5.2 has bit32; what comes after it has operators, which 5.2 cannot parse.

local band, bxor, bnot, lrotate, rrotate, rshift
if bit32 then
    band, bxor, bnot, lrotate, rrotate, rshift = bit32.band, bit32.bxor, bit32.bnot, bit32.lrotate, bit32.rrotate, bit32.rshift
else
    band, bxor, bnot, lrotate, rrotate, rshift = assert(load([[
        local M = 0xFFFFFFFF
        return function(a, b) return a & b & M end,
            function(a, b, c) return (a ~ b ~ (c or 0)) & M end,
            function(a) return ~a & M end,
            function(a, n) a = a & M return (a << n | a >> (32 - n)) & M end,
            function(a, n) a = a & M return (a >> n | a << (32 - n)) & M end,
            function(a, n) return (a & M) >> n end]]))()
end

local byte, char, concat, floor, sub, format = string.byte, string.char, table.concat, math.floor, string.sub, string.format
local WORD = 4294967296

local function le_words(s, at, count)
    local words = {}
    for i = 1, count do
        local a, b, c, d = byte(s, at, at + 3)
        words[i] = a + b * 256 + c * 65536 + d * 16777216
        at = at + 4
    end
    return words
end

local function le_bytes(w)
    return char(band(w, 255), band(rshift(w, 8), 255), band(rshift(w, 16), 255), rshift(w, 24))
end

local function be_bytes(w)
    return char(rshift(w, 24), band(rshift(w, 16), 255), band(rshift(w, 8), 255), band(w, 255))
end

local function from_hex(text)
    return (text:gsub("%x%x", function(digits) return char(tonumber(digits, 16)) end))
end

local function to_hex(s)
    return (s:gsub(".", function(c) return format("%02x", byte(c)) end))
end

-- One result for as long as keys are in use, since they come by with every packet.
local function remembering(make)
    local known, count = {}, 0
    return function(key)
        local value = known[key]
        if value == nil then
            if count > 20000 then
                known, count = {}, 0
            end
            value = make(key)
            known[key] = value
            count = count + 1
        end
        return value
    end
end

---------------------------------------------------------------------------------------------------------------------------------------------------------------
-- ChaCha20 (RFC 8439). Sums are left to grow in a block's rounds, to less than 2^38: what takes bits takes them modulo 2^32.

local key_words = remembering(function(key) return le_words(key, 1, 8) end)

local function chacha20_block(k, counter, n0, n1, n2)
    local k0, k1, k2, k3, k4, k5, k6, k7 = k[1], k[2], k[3], k[4], k[5], k[6], k[7], k[8]
    local a0, a1, a2, a3, b0, b1, b2, b3 = 0x61707865, 0x3320646E, 0x79622D32, 0x6B206574, k0, k1, k2, k3
    local c0, c1, c2, c3, d0, d1, d2, d3 = k4, k5, k6, k7, counter, n0, n1, n2
    for _ = 1, 10 do
        a0 = a0 + b0 d0 = lrotate(bxor(d0, a0), 16) c0 = c0 + d0 b0 = lrotate(bxor(b0, c0), 12)
        a0 = a0 + b0 d0 = lrotate(bxor(d0, a0), 8) c0 = c0 + d0 b0 = lrotate(bxor(b0, c0), 7)
        a1 = a1 + b1 d1 = lrotate(bxor(d1, a1), 16) c1 = c1 + d1 b1 = lrotate(bxor(b1, c1), 12)
        a1 = a1 + b1 d1 = lrotate(bxor(d1, a1), 8) c1 = c1 + d1 b1 = lrotate(bxor(b1, c1), 7)
        a2 = a2 + b2 d2 = lrotate(bxor(d2, a2), 16) c2 = c2 + d2 b2 = lrotate(bxor(b2, c2), 12)
        a2 = a2 + b2 d2 = lrotate(bxor(d2, a2), 8) c2 = c2 + d2 b2 = lrotate(bxor(b2, c2), 7)
        a3 = a3 + b3 d3 = lrotate(bxor(d3, a3), 16) c3 = c3 + d3 b3 = lrotate(bxor(b3, c3), 12)
        a3 = a3 + b3 d3 = lrotate(bxor(d3, a3), 8) c3 = c3 + d3 b3 = lrotate(bxor(b3, c3), 7)
        a0 = a0 + b1 d3 = lrotate(bxor(d3, a0), 16) c2 = c2 + d3 b1 = lrotate(bxor(b1, c2), 12)
        a0 = a0 + b1 d3 = lrotate(bxor(d3, a0), 8) c2 = c2 + d3 b1 = lrotate(bxor(b1, c2), 7)
        a1 = a1 + b2 d0 = lrotate(bxor(d0, a1), 16) c3 = c3 + d0 b2 = lrotate(bxor(b2, c3), 12)
        a1 = a1 + b2 d0 = lrotate(bxor(d0, a1), 8) c3 = c3 + d0 b2 = lrotate(bxor(b2, c3), 7)
        a2 = a2 + b3 d1 = lrotate(bxor(d1, a2), 16) c0 = c0 + d1 b3 = lrotate(bxor(b3, c0), 12)
        a2 = a2 + b3 d1 = lrotate(bxor(d1, a2), 8) c0 = c0 + d1 b3 = lrotate(bxor(b3, c0), 7)
        a3 = a3 + b0 d2 = lrotate(bxor(d2, a3), 16) c1 = c1 + d2 b0 = lrotate(bxor(b0, c1), 12)
        a3 = a3 + b0 d2 = lrotate(bxor(d2, a3), 8) c1 = c1 + d2 b0 = lrotate(bxor(b0, c1), 7)
    end
    return a0 + 0x61707865, a1 + 0x3320646E, a2 + 0x79622D32, a3 + 0x6B206574, b0 + k0, b1 + k1, b2 + k2, b3 + k3,
        c0 + k4, c1 + k5, c2 + k6, c3 + k7, d0 + counter, d1 + n0, d2 + n1, d3 + n2
end

-- A text XOR the key stream from a block on.
local function chacha20(key, nonce, counter, text)
    local k, n = key_words(key), le_words(nonce, 1, 3)
    local out, count, size = {}, 0, #text
    local padded = text .. ("\0"):rep(-size % 4)
    for at = 1, size, 64 do
        local stream = { chacha20_block(k, counter, n[1], n[2], n[3]) }
        local i = 1
        for word = at, math.min(at + 60, size), 4 do
            local a, b, c, d = byte(padded, word, word + 3)
            local x = bxor(a + b * 256 + c * 65536 + d * 16777216, stream[i])
            count = count + 1
            out[count] = char(band(x, 255), band(rshift(x, 8), 255), band(rshift(x, 16), 255), rshift(x, 24))
            i = i + 1
        end
        counter = counter + 1
    end
    return sub(concat(out), 1, size)
end

---------------------------------------------------------------------------------------------------------------------------------------------------------------
-- Poly1305 (RFC 8439) in six limbs of 22 bits: 2^132 is 20 modulo 2^130 - 5. A product is below 2^44, times 20 below 2^49, and six of them below 2^52.

local LIMB = 4194304

local function limbs(b)
    local a0 = b[1] + b[2] * 256 + b[3] % 64 * 65536
    local a1 = floor(b[3] / 64) + b[4] * 4 + b[5] * 1024 + b[6] % 16 * 262144
    local a2 = floor(b[6] / 16) + b[7] * 16 + b[8] * 4096 + b[9] % 4 * 1048576
    local a3 = floor(b[9] / 4) + b[10] * 64 + b[11] * 16384
    local a4 = b[12] + b[13] * 256 + b[14] % 64 * 65536
    local a5 = floor(b[14] / 64) + b[15] * 4 + b[16] * 1024 + b[17] * 262144
    return a0, a1, a2, a3, a4, a5
end

local function poly1305(key, message)
    local r = { byte(key, 1, 16) }
    r[17] = 0
    for _, i in ipairs({ 4, 8, 12, 16 }) do r[i] = r[i] % 16 end
    for _, i in ipairs({ 5, 9, 13 }) do r[i] = r[i] - r[i] % 4 end
    local r0, r1, r2, r3, r4, r5 = limbs(r)
    local s1, s2, s3, s4, s5 = r1 * 20, r2 * 20, r3 * 20, r4 * 20, r5 * 20
    local h0, h1, h2, h3, h4, h5 = 0, 0, 0, 0, 0, 0
    local size = #message
    for at = 1, size, 16 do
        local block = { byte(message, at, at + 15) }
        local length = #block
        block[length + 1] = 1
        for i = length + 2, 17 do block[i] = 0 end
        local m0, m1, m2, m3, m4, m5 = limbs(block)
        h0, h1, h2, h3, h4, h5 = h0 + m0, h1 + m1, h2 + m2, h3 + m3, h4 + m4, h5 + m5
        local t0 = h0 * r0 + h1 * s5 + h2 * s4 + h3 * s3 + h4 * s2 + h5 * s1
        local t1 = h0 * r1 + h1 * r0 + h2 * s5 + h3 * s4 + h4 * s3 + h5 * s2
        local t2 = h0 * r2 + h1 * r1 + h2 * r0 + h3 * s5 + h4 * s4 + h5 * s3
        local t3 = h0 * r3 + h1 * r2 + h2 * r1 + h3 * r0 + h4 * s5 + h5 * s4
        local t4 = h0 * r4 + h1 * r3 + h2 * r2 + h3 * r1 + h4 * r0 + h5 * s5
        local t5 = h0 * r5 + h1 * r4 + h2 * r3 + h3 * r2 + h4 * r1 + h5 * r0
        h0 = t0 % LIMB t1 = t1 + (t0 - h0) / LIMB
        h1 = t1 % LIMB t2 = t2 + (t1 - h1) / LIMB
        h2 = t2 % LIMB t3 = t3 + (t2 - h2) / LIMB
        h3 = t3 % LIMB t4 = t4 + (t3 - h3) / LIMB
        h4 = t4 % LIMB t5 = t5 + (t4 - h4) / LIMB
        h5 = t5 % LIMB
        h0 = h0 + (t5 - h5) / LIMB * 20
        local carry = floor(h0 / LIMB)
        h0 = h0 - carry * LIMB
        h1 = h1 + carry
    end

    -- Below 2^130: the top limb has 20 bits of it. Twice, since the first may carry into it again.
    local h = { h0, h1, h2, h3, h4, h5 }
    for _ = 1, 2 do
        local over = floor(h[6] / 1048576)
        h[6] = h[6] - over * 1048576
        h[1] = h[1] + over * 5
        for i = 1, 5 do
            local carry = floor(h[i] / LIMB)
            h[i] = h[i] - carry * LIMB
            h[i + 1] = h[i + 1] + carry
        end
    end

    -- Less p where it is not below it.
    local g, carry = {}, 5
    for i = 1, 6 do
        local v = h[i] + carry
        carry = floor(v / LIMB)
        g[i] = v - carry * LIMB
    end
    if g[6] >= 1048576 then
        g[6] = g[6] - 1048576
        h = g
    end

    -- As bytes, plus the second half of the key, modulo 2^128.
    local out, value, bits, limb, sum = {}, 0, 0, 1, 0
    for i = 1, 16 do
        while bits < 8 do
            value = value + h[limb] * 2 ^ bits
            bits = bits + 22
            limb = limb + 1
        end
        sum = sum + value % 256 + byte(key, 16 + i)
        value = floor(value / 256)
        bits = bits - 8
        out[i] = char(floor(sum % 256))
        sum = floor(sum / 256)
    end
    return concat(out)
end

local function le64(n)
    return le_bytes(n % WORD) .. le_bytes(floor(n / WORD))
end

local function be64(n)
    return be_bytes(floor(n / WORD)) .. be_bytes(n % WORD)
end

-- The tag of ChaCha20-Poly1305.
local function aead_tag(key, nonce, aad, ciphertext)
    local one_time = chacha20(key, nonce, 0, ("\0"):rep(32))
    return poly1305(one_time, aad .. ("\0"):rep(-#aad % 16) .. ciphertext .. ("\0"):rep(-#ciphertext % 16) .. le64(#aad) .. le64(#ciphertext))
end

---------------------------------------------------------------------------------------------------------------------------------------------------------------
-- SHA-256 (FIPS 180-4) and HMAC (RFC 2104).

local ROUNDS = {}
do
    local count, candidate = 0, 2
    while count < 64 do
        local prime = true
        for d = 2, floor(candidate ^ 0.5) do
            if candidate % d == 0 then prime = false break end
        end
        if prime then
            -- The first 32 bits of the fraction of its cube root. A double has 53 bits, of which the root's integer takes three.
            count = count + 1
            local root = candidate ^ (1 / 3)
            ROUNDS[count] = floor((root - floor(root)) * WORD)
        end
        candidate = candidate + 1
    end
end

local function sha256_block(state, s, at)
    local w = {}
    for i = 1, 16 do
        local a, b, c, d = byte(s, at, at + 3)
        w[i] = a * 16777216 + b * 65536 + c * 256 + d
        at = at + 4
    end
    for i = 17, 64 do
        local x, y = w[i - 15], w[i - 2]
        w[i] = (w[i - 16] + w[i - 7] + bxor(rrotate(x, 7), rrotate(x, 18), rshift(x, 3)) + bxor(rrotate(y, 17), rrotate(y, 19), rshift(y, 10))) % WORD
    end
    local a, b, c, d, e, f, g, h = state[1], state[2], state[3], state[4], state[5], state[6], state[7], state[8]
    for i = 1, 64 do
        local t = h + bxor(rrotate(e, 6), rrotate(e, 11), rrotate(e, 25)) + bxor(band(e, f), band(bnot(e), g)) + ROUNDS[i] + w[i]
        local u = bxor(rrotate(a, 2), rrotate(a, 13), rrotate(a, 22)) + bxor(band(a, b), band(a, c), band(b, c))
        h, g, f, e, d, c, b, a = g, f, e, (d + t) % WORD, c, b, a, (t + u) % WORD
    end
    return { (state[1] + a) % WORD, (state[2] + b) % WORD, (state[3] + c) % WORD, (state[4] + d) % WORD,
        (state[5] + e) % WORD, (state[6] + f) % WORD, (state[7] + g) % WORD, (state[8] + h) % WORD }
end

local INITIAL = { 0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19 }

-- Goes on from a state that so many bytes led to.
local function sha256_from(state, before, message)
    local bits = (before + #message) * 8
    local padded = message .. "\128" .. ("\0"):rep((55 - #message) % 64) .. be64(bits)
    for at = 1, #padded, 64 do
        state = sha256_block(state, padded, at)
    end
    local out = {}
    for i = 1, 8 do out[i] = be_bytes(state[i]) end
    return concat(out)
end

local function sha256(message)
    return sha256_from(INITIAL, 0, message)
end

local hmac_states = remembering(function(key)
    key = #key > 64 and sha256(key) or key
    local inner, outer = {}, {}
    for i = 1, 64 do
        local b = byte(key, i) or 0
        inner[i], outer[i] = char(bxor(b, 0x36)), char(bxor(b, 0x5C))
    end
    return { sha256_block(INITIAL, concat(inner), 1), sha256_block(INITIAL, concat(outer), 1) }
end)

local function hmac(key, message)
    local states = hmac_states(key)
    return sha256_from(states[2], 64, sha256_from(states[1], 64, message))
end

---------------------------------------------------------------------------------------------------------------------------------------------------------------
-- The packet (PROTOCOL.md 3).

local HEADER, TAG, OVERHEAD, LARGEST = 26, 16, 42, 8148

-- Bytes of a whole fragment in a DATA packet; of several all but the last are whole (PROTOCOL.md 9.1).
local WHOLE = 1158
local SYN, SYN_ACK, ACK, DATA, FIN, HEARTBEAT, ERROR, RST, CONTROL, MANAGEMENT, DISCOVERY = 1, 2, 3, 4, 5, 6, 9, 11, 12, 13, 14
local FROM_SERVER = 0x20
local CLEAR, HMAC, AEAD = 0, 1, 2

local function u16(s, at) local a, b = byte(s, at + 1, at + 2) return a * 256 + b end
local function u32(s, at) local a, b, c, d = byte(s, at + 1, at + 4) return a * 16777216 + b * 65536 + c * 256 + d end
local function u64(s, at) return u32(s, at) * WORD + u32(s, at + 4) end

local function is_clear(type, subtype)
    return type == SYN or type == SYN_ACK or type == DISCOVERY or (type == CONTROL and (subtype == 3 or subtype == 4)) or (type == MANAGEMENT and subtype == 8)
end

-- The packet unmasked; nil when its first bytes are no header of a packet of that size.
local function unmask(raw, mask_key)
    local size = #raw
    local nonce = sub(raw, -TAG, -TAG + 11)
    local n = le_words(nonce, 1, 3)
    local w0, w1, w2, w3, w4, w5, w6 = chacha20_block(key_words(mask_key), 0, n[1], n[2], n[3])
    local a, b, c, d = byte(raw, 1, 4)
    local first = bxor(a + b * 256 + c * 65536 + d * 16777216, w0)
    if band(first, 0xF0) ~= 0x20 then return nil end
    local l1, l2 = byte(raw, 25, 26)
    local length = bxor(l1 + l2 * 256, band(w6, 0xFFFF))
    if band(length, 255) * 256 + rshift(length, 8) ~= size - OVERHEAD then return nil end
    local type, subtype = band(rshift(first, 8), 255), band(rshift(first, 16), 255)
    if is_clear(type, subtype) then
        return chacha20(mask_key, nonce, 0, sub(raw, 1, -TAG - 1)) .. sub(raw, -TAG), type, subtype
    end
    local out, words = { le_bytes(first) }, { w1, w2, w3, w4, w5 }
    for i = 1, 5 do
        local p, q, r, s = byte(raw, 4 * i + 1, 4 * i + 4)
        out[i + 1] = le_bytes(bxor(p + q * 256 + r * 65536 + s * 16777216, words[i]))
    end
    out[7] = char(band(length, 255), rshift(length, 8))
    return concat(out) .. sub(raw, HEADER + 1), type, subtype
end

-- An unmasked packet with its payload decrypted; nil when the tag is wrong.
local function open(packet, protection, cipher_key, tag_key, number)
    local header, body, tag = sub(packet, 1, HEADER), sub(packet, HEADER + 1, -TAG - 1), sub(packet, -TAG)
    if protection == CLEAR then
        return sub(hmac(tag_key, header .. body), 1, TAG) == tag and packet or nil
    end
    local nonce = "\0\0\0\0" .. be64(number)
    if protection == HMAC then
        if sub(hmac(tag_key, header .. body), 1, TAG) ~= tag then return nil end
    elseif aead_tag(cipher_key, nonce, header, body) ~= tag then
        return nil
    end
    return header .. chacha20(cipher_key, nonce, 1, body) .. tag
end

local PUBLIC_KEY = sha256("springtail_public_handshake_v1")
local PUBLIC_MASK = hmac(PUBLIC_KEY, "mask_v1")

local primitives = {
    sha256 = sha256, hmac = hmac, chacha20 = chacha20, poly1305 = poly1305, aead_tag = aead_tag, unmask = unmask, open = open,
    from_hex = from_hex, to_hex = to_hex, CLEAR = CLEAR, HMAC = HMAC, AEAD = AEAD,
}

if not Proto then return primitives end

---------------------------------------------------------------------------------------------------------------------------------------------------------------
-- The key log: README.md has its labels.

local keys

local function forget_keys()
    if keys and keys.file then keys.file:close() end
    keys = { name = nil, file = nil, at = 0, generation = 0, sessions = {}, masks = {}, handshake_masks = {}, handshake = {}, clear = {} }
end

forget_keys()

local function session_keys(id)
    local session = keys.sessions[id]
    if not session then
        session = { id = id, spaces = {}, epochs = {} }
        keys.sessions[id] = session
    end
    return session
end

local function add_clear(list, id, mask, key)
    for _, c in ipairs(list) do
        if c.id == id and c.key == key then return end
    end
    list[#list + 1] = { id = id, mask = mask, key = key }
end

local last_mask

local function add_line(line)
    local label, id, value = line:match("^SPRINGTAIL_([%w_]+) (%x+) (%x+)%s*$")
    if not label or #id ~= 16 or (#value ~= 64 and #value ~= 32) then return end
    id, value = from_hex(id), from_hex(value)
    local kind, epoch = label:match("^([%a_]+)_(%d+)$")
    epoch = tonumber(epoch)
    if label == "HANDSHAKE_MASK" or label == "CLOCK_MASK" or label == "EMERGENCY_MASK" or kind == "MASK" then
        last_mask = value
    elseif label == "HANDSHAKE_KEY" and last_mask then
        keys.handshake_masks[last_mask] = true
        keys.handshake[id] = keys.handshake[id] or {}
        add_clear(keys.handshake[id], id, last_mask, value)
    elseif (label == "CLOCK_KEY" or label == "EMERGENCY_KEY") and last_mask then
        add_clear(keys.clear, id, last_mask, value)
    elseif kind == "NUMBERS" and last_mask and #value == 16 then
        local session = session_keys(id)
        for _, space in ipairs(session.spaces) do
            if space.mask == last_mask then return end
        end
        local space = { session = session, index = #session.spaces + 1, epoch = epoch, mask = last_mask, client = u64(value, 0), server = u64(value, 8) }
        session.spaces[space.index] = space
        keys.masks[#keys.masks + 1] = space
    elseif kind == "SESSION_KEY" then
        local session = session_keys(id)
        for _, e in ipairs(session.epochs) do
            if e.epoch == epoch and e.session == value then session.last = e return end
        end
        session.last = { epoch = epoch, session = value }
        session.epochs[#session.epochs + 1] = session.last
    elseif kind == "CLIENT_KEY" or kind == "SERVER_KEY" or kind == "AUTHENTICATION_KEY" then
        local last = session_keys(id).last
        if last then last[kind] = value end
    else
        return
    end
    keys.generation = keys.generation + 1
end

-- Reads what has come to the key log since the last time.
local function read_keys(name)
    if keys.name ~= name then
        forget_keys()
        keys.name = name
    end
    if not name or name == "" then return end
    if not keys.file then
        keys.file = io.open(name, "rb")
        if not keys.file then return end
    end
    local size = keys.file:seek("end")
    if size < keys.at then
        forget_keys()
        keys.name = name
        return read_keys(name)
    end
    if size == keys.at then return end
    keys.file:seek("set", keys.at)
    local text = keys.file:read(size - keys.at) or ""
    local whole = text:match("^.*\n") or ""
    keys.at = keys.at + #whole
    for line in whole:gmatch("[^\r\n]+") do add_line(line) end
end

---------------------------------------------------------------------------------------------------------------------------------------------------------------
-- From a datagram to a packet.

local recent = {}
local protections = {}

local function number_of(space, sequence, from_server)
    local least = from_server and space.server or space.client
    local number = least - least % WORD + sequence
    return number < least and number + WORD or number
end

-- With DIVERSIFIED, CONTROL and MANAGEMENT have a tag key of their own (PROTOCOL.md 6).
local function tag_key(epoch, type, subtype)
    local own = epoch.AUTHENTICATION_KEY and (type == CONTROL or (type == MANAGEMENT and subtype ~= 6 and subtype ~= 7)) and not is_clear(type, subtype)
    return own and epoch.AUTHENTICATION_KEY or epoch.session
end

local function of_session(raw, space)
    local packet, type, subtype = unmask(raw, space.mask)
    if not packet or sub(packet, 5, 12) ~= space.session.id then return nil end
    local from_server = band(byte(packet, 4), FROM_SERVER) ~= 0
    local nibble = byte(packet, 1) % 16
    local number = number_of(space, u32(packet, 12), from_server)
    local found = { bytes = packet, tag = "no key", epoch = nibble, number = number, space = space.index, id = space.session.id, session = true }
    local id = space.session.id
    local tries = is_clear(type, subtype) and { CLEAR } or protections[id] == HMAC and { HMAC, AEAD } or { AEAD, HMAC }
    for i = #space.session.epochs, 1, -1 do
        local epoch = space.session.epochs[i]
        local cipher_key = from_server and epoch.SERVER_KEY or epoch.CLIENT_KEY
        if epoch.epoch % 16 == nibble and cipher_key then
            found.tag = "bad"
            for _, protection in ipairs(tries) do
                local opened = open(packet, protection, cipher_key, tag_key(epoch, type, subtype), number)
                if opened then
                    if protection ~= CLEAR then protections[id] = protection end
                    found.bytes, found.tag, found.epoch = opened, "good", epoch.epoch
                    return found
                end
            end
        end
    end
    return found
end

local function clear_packet(packet, tag)
    return { bytes = packet, tag = tag, epoch = byte(packet, 1) % 16, number = u32(packet, 12), id = sub(packet, 5, 12) }
end

local function has_tag(packet, key)
    return open(packet, CLEAR, nil, key, 0) ~= nil
end

local function is_handshake(packet, type, subtype)
    local from_server = band(byte(packet, 4), FROM_SERVER) ~= 0
    local payload = #packet - OVERHEAD
    local suite = payload > 2 and byte(packet, HEADER + 3) or 0
    return subtype == 0 and byte(packet, 1) % 16 == 0 and suite >= 1 and suite <= 5
        and ((type == SYN and not from_server and payload >= 83) or (type == SYN_ACK and from_server and payload >= 107))
end

local function find(raw, source, destination)
    local pair = source .. " " .. destination
    local before = recent[pair]
    local found = before and of_session(raw, before)
    if found then return found end
    for _, space in ipairs(keys.masks) do
        if space ~= before then
            found = of_session(raw, space)
            if found then
                recent[pair] = space
                recent[destination .. " " .. source] = space
                return found
            end
        end
    end
    for mask in pairs(keys.handshake_masks) do
        local packet, type, subtype = unmask(raw, mask)
        if packet and is_handshake(packet, type, subtype) then
            local tag = "no key"
            for _, c in ipairs(keys.handshake[sub(packet, 5, 12)] or {}) do
                tag = has_tag(packet, c.key) and "good" or tag == "good" and tag or "bad"
            end
            return clear_packet(packet, tag)
        end
    end
    for _, c in ipairs(keys.clear) do
        local packet = unmask(raw, c.mask)
        if packet and sub(packet, 5, 12) == c.id and has_tag(packet, c.key) then return clear_packet(packet, "good") end
    end

    -- Pairing and discovery have public masks.
    local packet, type, subtype = unmask(raw, PUBLIC_MASK)
    if packet and (is_handshake(packet, type, subtype) or type == DISCOVERY) then
        local key = type == DISCOVERY and sha256("discovery_integrity_v1" .. sub(packet, 5, 12)) or PUBLIC_KEY
        if has_tag(packet, key) then return clear_packet(packet, "good") end
    end
    return nil
end

---------------------------------------------------------------------------------------------------------------------------------------------------------------
-- Names and fields.

local TYPES = { [1] = "SYN", [2] = "SYN_ACK", [3] = "ACK", [4] = "DATA", [5] = "FIN", [6] = "HEARTBEAT", [9] = "ERROR", [11] = "RST", [12] = "CONTROL", [13] = "MANAGEMENT", [14] = "DISCOVERY" }
local SUBTYPES = {
    [CONTROL] = { "TIME_SYNC_REQUEST", "TIME_SYNC_RESPONSE", "EMERGENCY_REQUEST", "EMERGENCY_RESPONSE", "PATH_CHALLENGE", "PATH_RESPONSE" },
    [MANAGEMENT] = { "REKEY_REQUEST", "REKEY_RESPONSE", "REPAIR_REQUEST", "REPAIR_RESPONSE", "REPAIR_CONFIRM", "KEY_CHECK", "KEY_CHECK_REPLY", "RESUME" },
    [DISCOVERY] = { "REQUEST", "RESPONSE", "CONFIRM", "ACCEPT", "PROOFS", "PROOFS_MATCH", "CLOCK_REQUEST", "CLOCK_RESPONSE" },
}
local ERRORS = {
    [0x01] = "INVALID_PACKET", [0x02] = "AUTHENTICATION_FAILED", [0x03] = "TIMESTAMP_INVALID", [0x04] = "REPLAY", [0x05] = "SESSION_NOT_FOUND", [0x06] = "STATE_INVALID",
    [0x08] = "SEQUENCE_INVALID", [0x09] = "FRAGMENT_INVALID", [0x0A] = "SYNC_FAILED", [0x0B] = "RECOVERY_FAILED", [0x0C] = "TIMEOUT", [0x12] = "DISCOVERY_FAILED",
    [0x13] = "PSK_NOT_FOUND", [0x14] = "KEY_EXCHANGE_FAILED", [0x16] = "SECRET_MISMATCH", [0x1C] = "REKEY_FAILED", [0x1E] = "REPAIR_FAILED", [0x23] = "FRAGMENT_TIMEOUT",
    [0x2A] = "LIMIT_EXCEEDED", [0x2B] = "RATE_LIMITED", [0x36] = "UNSUPPORTED_VERSION", [0x37] = "INVALID_TYPE", [0x39] = "INVALID_SUBTYPE", [0x3A] = "MESSAGE_TOO_LARGE",
    [0x3D] = "TERMINATED",
}
local SUITES = { "P-256, ChaCha20 with HMAC", "X25519, ChaCha20-Poly1305", "P-256 fuzzy, ChaCha20 with HMAC", "X25519 with a token", "SPAKE2 with a token" }
local TRANSFER = { "READY", "OFFER", "ACCEPT", "DATA", "SKIP", "VERIFY", "DONE", "CANCEL", "HASH", "LAST" }
local TAGS = { good = 1, bad = 2, ["no key"] = 3 }

local springtail = Proto("springtail", "Springtail")
local F = ProtoField
local f = {
    stream = F.uint32("springtail.stream", "Session index"),
    version = F.uint8("springtail.version", "Version", base.DEC, nil, 0xF0),
    epoch16 = F.uint8("springtail.epoch_low", "Epoch modulo 16", base.DEC, nil, 0x0F),
    epoch = F.uint32("springtail.epoch", "Epoch"),
    type = F.uint8("springtail.type", "Type", base.HEX, TYPES),
    subtype = F.uint8("springtail.subtype", "Subtype"),
    name = F.string("springtail.name", "Name"),
    flags = F.uint8("springtail.flags", "Flags", base.HEX),
    flag_fin = F.bool("springtail.flags.fin", "FIN", 8, nil, 0x01),
    flag_syn = F.bool("springtail.flags.syn", "SYN", 8, nil, 0x02),
    flag_rst = F.bool("springtail.flags.rst", "RST", 8, nil, 0x04),
    flag_psh = F.bool("springtail.flags.psh", "PSH", 8, nil, 0x08),
    flag_ack = F.bool("springtail.flags.ack", "ACK", 8, nil, 0x10),
    from_server = F.bool("springtail.from_server", "From the server", 8, nil, 0x20),
    flag_sack = F.bool("springtail.flags.sack", "SACK", 8, nil, 0x40),
    flag_fragment = F.bool("springtail.flags.fragment", "FRAGMENT", 8, nil, 0x80),
    session = F.uint64("springtail.session", "Session", base.HEX),
    sequence = F.uint32("springtail.sequence", "Sequence"),
    number = F.uint64("springtail.number", "Number", base.DEC),
    acknowledgment = F.uint32("springtail.acknowledgment", "Acknowledgment"),
    timestamp = F.uint32("springtail.timestamp", "Timestamp (ms of the day)"),
    length = F.uint16("springtail.length", "Payload length"),
    payload = F.bytes("springtail.payload", "Payload"),
    padding = F.bytes("springtail.padding", "Padding"),
    tag = F.bytes("springtail.tag", "Tag"),
    tag_status = F.uint8("springtail.tag.status", "Tag is", base.DEC, { "right", "wrong", "not checked: its key is not in the key log" }),

    key_exchange = F.uint16("springtail.key_exchange_id", "Key exchange", base.HEX),
    suite = F.uint8("springtail.suite", "Suite", base.DEC, SUITES),
    features = F.uint8("springtail.features", "Features", base.HEX),
    diversified = F.bool("springtail.features.diversified", "DIVERSIFIED", 8, nil, 0x01),
    client_hops = F.bool("springtail.features.client_hops", "CLIENT_HOPS", 8, nil, 0x02),
    window = F.uint16("springtail.window", "Receive window"),
    keepalive = F.uint16("springtail.keepalive", "Keepalive (s)"),
    start = F.absolute_time("springtail.start", "Start", base.UTC),
    port_min = F.uint16("springtail.port_min", "Lowest port"),
    port_count = F.uint16("springtail.port_count", "Count of ports"),
    largest_message = F.uint32("springtail.largest_message", "Largest message"),
    largest_packet = F.uint16("springtail.largest_packet", "Largest packet taken"),
    mark = F.uint64("springtail.mark", "Mark", base.HEX),
    endpoint = F.string("springtail.endpoint", "Endpoint"),
    public_key = F.bytes("springtail.public_key", "Public key"),
    secret_hash = F.bytes("springtail.secret_hash", "Hash of the shared secret"),
    sack = F.uint32("springtail.sack", "SACK bitmap", base.HEX),
    done = F.uint32("springtail.done", "Done: first message not yet received"),
    confirm = F.bytes("springtail.confirm", "Confirmation"),
    continues = F.uint64("springtail.continues", "Continues session", base.HEX),
    continuation = F.bytes("springtail.continuation", "Proof of continuation"),

    message = F.uint32("springtail.message", "Message"),
    fragment = F.uint16("springtail.fragment", "Fragment"),
    fragments = F.uint16("springtail.fragments", "Fragments"),
    reliable = F.bool("springtail.reliable", "Reliable", 8, nil, 0x01),
    padded = F.bool("springtail.padded", "Padded", 8, nil, 0x80),
    data = F.bytes("springtail.data", "Data"),
    reassembled = F.framenum("springtail.reassembled_in", "Message is whole in frame"),

    utc = F.absolute_time("springtail.utc", "Time", base.UTC),
    sleep = F.uint32("springtail.sleep", "Sleeps (s)"),
    messages = F.uint32("springtail.fin.messages", "Reliable messages begun"),
    code = F.uint8("springtail.error", "Code", base.HEX, ERRORS),
    text = F.string("springtail.error.text", "Text"),
    nonce = F.bytes("springtail.nonce", "Nonce"),
    t1 = F.absolute_time("springtail.time.t1", "t1", base.UTC),
    t2 = F.absolute_time("springtail.time.t2", "t2", base.UTC),
    t3 = F.absolute_time("springtail.time.t3", "t3", base.UTC),
    token = F.uint64("springtail.path.token", "Token", base.HEX),
    connection = F.uint64("springtail.emergency.connection", "Connection", base.HEX),
    last_good = F.uint32("springtail.emergency.last_good", "Last good sequence"),
    sealed = F.bytes("springtail.emergency.sealed", "Sealed"),
    day = F.uint32("springtail.rekey.day", "Day since 1970"),
    commitment = F.bytes("springtail.commitment", "Commitment"),
    confirmation = F.bytes("springtail.rekey.confirmation", "Confirmation"),
    last_received = F.uint32("springtail.repair.last_received", "Last received"),
    next_send = F.uint32("springtail.repair.next_send", "Next to send"),
    proof = F.bytes("springtail.proof", "Proof"),
    discovery = F.uint64("springtail.discovery.id", "Discovery", base.HEX),
    salt = F.uint32("springtail.discovery.salt", "Salt", base.HEX),
    psk_count = F.uint16("springtail.discovery.psks", "PSKs"),
    filter = F.bytes("springtail.discovery.filter", "Filter"),
    candidates = F.uint16("springtail.discovery.candidates", "Candidates"),
    candidate = F.bytes("springtail.discovery.candidate", "Candidate"),
    status = F.uint16("springtail.discovery.status", "Status", base.DEC, { [0] = "accepted", [2] = "rejected" }),

    transfer = F.uint8("springtail.transfer.type", "Message", base.DEC, TRANSFER),
    transfer_version = F.uint8("springtail.transfer.version", "Version"),
    transfer_flags = F.uint8("springtail.transfer.flags", "Flags", base.HEX),
    transfer_entries = F.uint32("springtail.transfer.entries", "Entries"),
    transfer_offer = F.string("springtail.transfer.offer", "Offer"),
    transfer_first = F.uint32("springtail.transfer.first", "First entry"),
    transfer_entry = F.uint32("springtail.transfer.entry", "Entry"),
    transfer_offset = F.uint64("springtail.transfer.offset", "Offset", base.DEC),
    transfer_result = F.uint8("springtail.transfer.result", "Result"),
    transfer_bytes = F.bytes("springtail.transfer.bytes", "Bytes of the file"),
    transfer_hash = F.bytes("springtail.transfer.hash", "SHA-256"),
    transfer_others = F.uint32("springtail.transfer.others", "Others"),

    gap = F.uint32("springtail.analysis.gap", "Numbers not in the capture before this one"),
    copy_of = F.framenum("springtail.analysis.copy_of", "Copy of the packet in frame", base.NONE, frametype.RETRANS_PREV),
    again = F.framenum("springtail.analysis.sent_again", "Fragment was sent before in frame", base.NONE, frametype.RETRANS_PREV),
    acks = F.framenum("springtail.analysis.acknowledges", "Acknowledges the packet in frame", base.NONE, frametype.ACK),
    rtt = F.relative_time("springtail.analysis.rtt", "Time since that frame"),
    response = F.framenum("springtail.analysis.response_to", "Response to frame", base.NONE, frametype.RESPONSE),
    event = F.string("springtail.event", "Event"),
}
springtail.fields = {}
for _, field in pairs(f) do table.insert(springtail.fields, field) end

local e = {
    bad_tag = ProtoExpert.new("springtail.expert.bad_tag", "The tag is wrong: damaged, or forged", expert.group.CHECKSUM, expert.severity.ERROR),
    no_key = ProtoExpert.new("springtail.expert.no_key", "The key is not in the key log", expert.group.UNDECODED, expert.severity.NOTE),
    short = ProtoExpert.new("springtail.expert.malformed", "The payload is shorter than its fields", expert.group.MALFORMED, expert.severity.ERROR),
    gap = ProtoExpert.new("springtail.expert.gap", "Packets before this one are not in the capture", expert.group.SEQUENCE, expert.severity.WARN),
    copy = ProtoExpert.new("springtail.expert.copy", "A copy of a packet, byte for byte", expert.group.SEQUENCE, expert.severity.NOTE),
    again = ProtoExpert.new("springtail.expert.sent_again", "A fragment that was sent before", expert.group.SEQUENCE, expert.severity.NOTE),
    full = ProtoExpert.new("springtail.expert.no_room", "No room: the window is 0", expert.group.SEQUENCE, expert.severity.WARN),
    epoch = ProtoExpert.new("springtail.expert.epoch", "The first packet under new keys", expert.group.SECURITY, expert.severity.CHAT),
    address = ProtoExpert.new("springtail.expert.address", "The client's address has changed", expert.group.SEQUENCE, expert.severity.NOTE),
    handshake = ProtoExpert.new("springtail.expert.handshake", "A copy of the handshake's packet", expert.group.SEQUENCE, expert.severity.NOTE),
    resume = ProtoExpert.new("springtail.expert.resume", "A saved session goes on", expert.group.SECURITY, expert.severity.CHAT),
    recovery = ProtoExpert.new("springtail.expert.recovery", "A side has lost the other", expert.group.SEQUENCE, expert.severity.WARN),
    reset = ProtoExpert.new("springtail.expert.reset", "The session is ended at once", expert.group.SEQUENCE, expert.severity.WARN),
    error = ProtoExpert.new("springtail.expert.error", "The peer says that something is wrong", expert.group.RESPONSE_CODE, expert.severity.WARN),
}
springtail.experts = {}
for _, x in pairs(e) do table.insert(springtail.experts, x) end

springtail.prefs.key_log = Pref.string("Key log", os.getenv("SPRINGTAILKEYLOG") or "", "The file that --key-log of springtail's commands wrote")

---------------------------------------------------------------------------------------------------------------------------------------------------------------
-- What follows from packets in their order. It is noted once, when a frame is first seen.

local frames = {}
local missed = {}
local sessions = {}
local session_count = 0

local function session_of(id)
    local session = sessions[id]
    if not session then
        session = { stream = session_count, [true] = { seen = {}, fragments = {}, messages = {}, highest = nil }, [false] = { seen = {}, fragments = {}, messages = {}, highest = nil }, epoch = 0 }
        session_count = session_count + 1
        sessions[id] = session
    end
    return session
end

local function name_of(packet)
    local type, subtype = byte(packet, 2), byte(packet, 3)
    return SUBTYPES[type] and SUBTYPES[type][subtype] or TYPES[type] or format("type 0x%02x", type)
end

local function note_numbers(found, side, frame)
    local key = found.space .. " " .. found.number
    if side.seen[key] then
        found.copy_of = side.seen[key].frame
        return false
    end
    side.seen[key] = { frame = frame, time = found.time }
    if side.space ~= found.space then
        side.space, side.highest = found.space, nil
    end
    local highest = side.highest
    if highest and found.number > highest + 1 and found.number - highest <= 4096 then found.gap = found.number - highest - 1 end
    side.highest = highest and math.max(highest, found.number) or found.number
    return true
end

local function note_acknowledgment(found, other)
    if not other.highest then return end
    local number = other.highest - other.highest % WORD + u32(found.bytes, 16)
    if number > other.highest then number = number - WORD end
    local acked = other.seen[found.space .. " " .. number]
    if acked and not acked.acknowledged then
        acked.acknowledged = true
        found.acks, found.acks_time = acked.frame, acked.time
    end
end

local function note_fragment(found, side, frame, at, payload)
    local b = found.bytes
    if payload < 13 then return end
    local delivery = byte(b, at + 13)
    local reliable = delivery % 2 == 1
    local id, index, count = u32(b, at), u16(b, at + 8), u16(b, at + 10)
    local padding = 0
    if delivery >= 128 and payload >= 15 then padding = u16(b, at + payload - 2) end
    if padding > payload - 13 or count == 0 or count > 255 or index >= count then return end
    local key = (reliable and "r" or "f") .. id
    local message = side.messages[key]
    if not message or message.count ~= count then
        message = { count = count, parts = {}, have = 0 }
        side.messages[key] = message
    end
    found.messages[at] = message
    local before = message.parts[index]
    if before then
        found.again = before.frame
        return
    end
    message.parts[index] = { frame = frame, text = sub(b, at + 14, at + payload - padding) }
    message.have = message.have + 1
    if message.have == count then
        message.frame = frame
        local parts = {}
        for i = 0, count - 1 do parts[i + 1] = message.parts[i].text end
        message.text = concat(parts)
        for i = 0, count - 1 do message.parts[i].text = nil end
        message.reliable = reliable
    end
end

local function note_data(found, side, frame)
    found.messages = {}
    local stop = #found.bytes - TAG
    for at = HEADER, stop - 1, WHOLE do note_fragment(found, side, frame, at, math.min(WHOLE, stop - at)) end
end

-- A transfer is told by its first message, READY (PROTOCOL.md 23).
local function note_transfer(found, session)
    for _, message in pairs(found.messages) do
        if message.frame == found.frame and message.reliable then
            if session.is_transfer == nil then session.is_transfer = #message.text == 11 and sub(message.text, 1, 2) == "\1\2" end
            message.is_transfer = session.is_transfer
        end
    end
end

local function note(found, pinfo)
    local b = found.bytes
    local type, subtype = byte(b, 2), byte(b, 3)
    found.frame, found.time = pinfo.number, pinfo.abs_ts
    if type == DISCOVERY then
        if band(byte(b, 4), FROM_SERVER) ~= 0 then found.response = sessions["d" .. found.id] else sessions["d" .. found.id] = pinfo.number end
        return
    end
    local session = session_of(found.id)
    found.stream = session.stream
    local from_server = band(byte(b, 4), FROM_SERVER) ~= 0
    if found.tag == "bad" then return end
    if type == SYN then
        found.event = session.syn and "SYN again" or "the client begins"
        found.handshake_copy = session.syn
        session.syn = session.syn or pinfo.number
    elseif type == SYN_ACK then
        found.event = session.syn_ack and "SYN_ACK again" or "the server answers"
        found.response, found.handshake_copy = session.syn, session.syn_ack
        session.syn_ack = session.syn_ack or pinfo.number
    end
    if not found.space then return end
    local side, other = session[from_server], session[not from_server]
    if not note_numbers(found, side, pinfo.number) or found.tag ~= "good" then return end
    note_acknowledgment(found, other)
    if not from_server then
        local at = tostring(pinfo.src)
        if session.client_at and session.client_at ~= at then found.moved = session.client_at end
        session.client_at = at
    end
    if found.epoch > session.epoch then
        if session.heard then found.new_epoch = true end
        session.epoch = found.epoch
    end
    if from_server and not session.heard then
        found.event = session.syn and "established" or "goes on from before the capture"
    end
    session.heard = session.heard or from_server
    if type == DATA then
        note_data(found, side, pinfo.number)
        note_transfer(found, session)
    elseif type == MANAGEMENT and subtype == 1 then
        session.asked = pinfo.number
    elseif type == MANAGEMENT and subtype == 2 then
        found.response = session.asked
    elseif type == MANAGEMENT and subtype == 8 then
        found.event = "a saved session goes on"
    elseif type == HEARTBEAT and not from_server and #b - OVERHEAD >= 20 and u32(b, HEADER + 8) ~= 0 then
        found.event = "announces a sleep"
    elseif type == FIN then
        found.event = "closes"
    elseif type == RST then
        found.event = "ends the session at once"
    end
end

---------------------------------------------------------------------------------------------------------------------------------------------------------------
-- Payloads. A reader takes fields one after the other and stops where the payload ends.

local function time_of(ms)
    local seconds = floor(ms / 1000)
    return seconds < 2 ^ 31 and NSTime.new(seconds, (ms - seconds * 1000) * 1000000) or NSTime.new(0, 0)
end

local function reader(tree, tvb, at, stop)
    local r = { at = at, stop = stop, short = false }
    function r.take(field, size)
        if r.short or r.at + size > r.stop then r.short = true return nil end
        local item = tree:add(field, tvb(r.at, size))
        r.at = r.at + size
        return item
    end
    function r.time(field)
        if r.short or r.at + 8 > r.stop then r.short = true return end
        local raw = tvb(r.at, 8):raw()
        tree:add(field, tvb(r.at, 8), time_of(u64(raw, 0)))
        r.at = r.at + 8
    end
    function r.endpoint(field)
        if r.short or r.at + 19 > r.stop then r.short = true return end
        local range = tvb(r.at, 19)
        local address = tvb(r.at, 1):uint() == 4 and tostring(tvb(r.at + 1, 4):ipv4()) or "[" .. tostring(tvb(r.at + 1, 16):ipv6()) .. "]"
        tree:add(field, range, address .. ":" .. tvb(r.at + 17, 2):uint())
        r.at = r.at + 19
    end
    function r.features()
        local at_features = r.at
        local item = r.take(f.features, 1)
        if item then
            item:add(f.diversified, tvb(at_features, 1))
            item:add(f.client_hops, tvb(at_features, 1))
        end
    end
    function r.skip(size)
        if r.short or r.at + size > r.stop then r.short = true else r.at = r.at + size end
    end
    function r.rest(field)
        if not r.short and r.at < r.stop then r.take(field, r.stop - r.at) end
    end
    return r
end

-- A public key has 64 bytes in suites 1, 3 and 5, 32 in the others; what is left of the payload tells where the suite is not known.
local function key_size(suite, left)
    if suite == 2 or suite == 4 then return 32 end
    if suite == 1 or suite == 3 or suite == 5 then return 64 end
    return left >= 128 and 64 or 32
end

local suites = {}

local function dissect_transfer(message, tree, tvb)
    local size = tvb:len()
    if size == 0 then return "" end
    local type = tvb(0, 1):uint()
    local t = tree:add(springtail, tvb(), "File transfer, " .. (TRANSFER[type] or "unknown"))
    t:add(f.transfer, tvb(0, 1))
    local r = reader(t, tvb, 1, size)
    if type == 1 then
        r.take(f.transfer_version, 1) r.take(f.transfer_flags, 1) r.take(f.largest_message, 4) r.take(f.transfer_entries, 4)
    elseif type == 2 then
        r.rest(f.transfer_offer)
    elseif type == 3 then
        r.take(f.transfer_first, 4) r.skip(2)
        while not r.short and r.at < size do r.take(f.transfer_result, 1) r.take(f.transfer_offset, 8) end
    elseif type == 4 then
        r.take(f.transfer_entry, 4) r.take(f.transfer_offset, 8) r.rest(f.transfer_bytes)
    elseif type == 5 then
        r.take(f.transfer_entry, 4) r.take(f.transfer_result, 1)
    elseif type == 6 then
        r.take(f.transfer_entry, 4) r.take(f.transfer_result, 1) r.take(f.transfer_hash, 32)
    elseif type == 7 then
        r.take(f.transfer_entries, 4) r.take(f.transfer_others, 4)
    elseif type == 8 then
        r.take(f.transfer_result, 1)
    elseif type == 9 then
        r.take(f.transfer_entry, 4) r.take(f.transfer_hash, 32)
    elseif type == 10 then
        r.take(f.transfer_entry, 4) r.take(f.transfer_offset, 8)
        if size >= 45 then
            if size > 45 then r.take(f.transfer_bytes, size - 45) end
            r.take(f.transfer_hash, 32)
        end
    end
    if r.short then t:add_proto_expert_info(e.short) end
    return " transfer " .. (TRANSFER[type] or type)
end

local function dissect_fragment(found, r, tree, tvb)
    local at = r.at
    r.take(f.message, 4) r.take(f.done, 4) r.take(f.fragment, 2) r.take(f.fragments, 2)
    r.take(f.reliable, 1)
    if r.short then return "" end
    tree:add(f.padded, tvb(at + 12, 1))
    local padding = tvb(at + 12, 1):uint() >= 128 and r.stop - r.at >= 2 and tvb(r.stop - 2, 2):uint() or 0
    if padding > r.stop - r.at then
        r.short = true
        return ""
    end
    local stop = r.stop
    r.stop = stop - padding
    r.rest(f.data)
    r.stop = stop
    local info = format(" message %d %d/%d%s", tvb(at, 4):uint(), tvb(at + 8, 2):uint() + 1, tvb(at + 10, 2):uint(), tvb(at + 12, 1):uint() % 2 == 1 and "" or " fire-and-forget")
    local message = found.messages and found.messages[at]
    if message and message.frame then
        tree:add(f.reassembled, message.frame):set_generated()
        if message.frame == found.frame and (message.count > 1 or message.is_transfer) and #message.text > 0 then
            local whole = ByteArray.new(message.text, true):tvb("Springtail message")
            if message.is_transfer then
                info = info .. dissect_transfer(message, tree, whole)
            else
                tree:add(f.data, whole()):prepend_text("Whole ")
            end
        end
    end
    return info
end

local function dissect_data(found, r, tree, tvb)
    local stop, info = r.stop, ""
    repeat
        r.stop = math.min(r.at + WHOLE, stop)
        info = info .. dissect_fragment(found, r, tree, tvb)
        r.at = r.short and stop or r.stop
    until r.at >= stop
    r.stop = stop
    return info
end

local function dissect_payload(found, type, subtype, tree, tvb, stop)
    local r = reader(tree, tvb, HEADER, stop)
    local info = ""
    local suite = suites[found.id]
    if type == SYN then
        r.take(f.key_exchange, 2) r.take(f.suite, 1) r.features() r.take(f.window, 2) r.take(f.keepalive, 2) r.time(f.start)
        r.take(f.port_min, 2) r.take(f.port_count, 2) r.take(f.largest_message, 4) r.take(f.mark, 8) r.endpoint(f.endpoint)
        suite = tvb(HEADER + 2, 1):uint()
        suites[found.id] = suite
        r.take(f.public_key, key_size(suite, 0))
        info = " suite " .. suite
    elseif type == SYN_ACK then
        r.take(f.key_exchange, 2) r.take(f.suite, 1) r.features() r.take(f.window, 2) r.take(f.keepalive, 2)
        r.take(f.port_min, 2) r.take(f.port_count, 2) r.take(f.largest_message, 4) r.take(f.mark, 8) r.endpoint(f.endpoint)
        r.take(f.secret_hash, 32)
        suite = tvb(HEADER + 2, 1):uint()
        suites[found.id] = suite
        r.take(f.public_key, key_size(suite, 0))
        info = " suite " .. suite
    elseif type == ACK then
        r.take(f.window, 2) r.take(f.sack, 4) r.take(f.done, 4)
        if not r.short then
            info = format(" window %d done %d", tvb(HEADER, 2):uint(), tvb(HEADER + 6, 4):uint())
            if tvb(HEADER, 2):uint() == 0 then tree:add_proto_expert_info(e.full) end
            -- The confirming one of a handshake and its copies are longer; an ACK may be padded, with zeros.
            if stop - r.at >= 40 and tvb(r.at, 16):raw() ~= ("\0"):rep(16) then
                r.take(f.confirm, 16) r.take(f.continues, 8) r.take(f.continuation, 16)
                info = info .. " confirms the handshake"
            elseif stop - r.at >= 2 and tvb(r.at, 2):uint() ~= 0 then
                r.take(f.largest_packet, 2)
            end
        end
    elseif type == DATA then
        info = dissect_data(found, r, tree, tvb)
    elseif type == FIN then
        r.take(f.messages, 4)
    elseif type == HEARTBEAT then
        r.time(f.utc) r.take(f.sleep, 4) r.take(f.continues, 8)
        local sleep = not r.short and tvb(HEADER + 8, 4):uint() or 0
        if sleep ~= 0 then info = format(" sleeps %d s", sleep) end
    elseif type == ERROR then
        r.take(f.code, 1) r.skip(3)
        if not r.short then
            local code = tvb(HEADER, 1):uint()
            info = " " .. (ERRORS[code] or format("0x%02x", code))
            tree:add_proto_expert_info(e.error, "ERROR" .. info)
            if code == 0x3A then r.take(f.message, 4) end
            local text = not r.short and r.at < stop and tvb(r.at, stop - r.at):raw():match("^[^%z]*") or ""
            if #text > 0 then r.take(f.text, #text) end
        end
    elseif type == RST then
        r.take(f.code, 1)
        if not r.short then
            info = " " .. (ERRORS[tvb(HEADER, 1):uint()] or format("0x%02x", tvb(HEADER, 1):uint()))
            tree:add_proto_expert_info(e.reset, "RST" .. info)
        end
    elseif type == CONTROL then
        if subtype == 1 then
            r.take(f.nonce, 4) r.time(f.t1)
        elseif subtype == 2 then
            r.take(f.nonce, 4) r.time(f.t1) r.time(f.t2) r.time(f.t3)
        elseif subtype == 3 then
            r.take(f.connection, 8) r.time(f.start) r.take(f.last_good, 4) r.take(f.code, 1) r.take(f.sealed, 80)
            tree:add_proto_expert_info(e.recovery, "The client asks for an emergency recovery")
        elseif subtype == 4 then
            r.take(f.sealed, 80)
            tree:add_proto_expert_info(e.recovery, "The server answers an emergency")
        elseif subtype == 5 or subtype == 6 then
            r.take(f.token, 8)
        end
    elseif type == MANAGEMENT then
        if subtype == 1 then
            r.take(f.nonce, 4) r.take(f.day, 4) r.take(f.public_key, key_size(suite, stop - r.at + 32)) r.take(f.commitment, 32)
        elseif subtype == 2 then
            r.take(f.nonce, 4) r.take(f.public_key, key_size(suite, stop - r.at + 16)) r.take(f.commitment, 32) r.take(f.confirmation, 16)
        elseif subtype == 3 or subtype == 4 then
            r.take(f.nonce, 4) r.take(f.last_received, 4) r.take(f.next_send, 4) r.take(f.commitment, 32)
            if subtype == 4 then r.take(f.proof, 4) end
            tree:add_proto_expert_info(e.recovery, "A repair of packet numbers")
        elseif subtype == 5 then
            r.take(f.nonce, 4) r.take(f.proof, 4) r.take(f.proof, 4)
        elseif subtype == 6 then
            r.skip(30) r.take(f.proof, 16) r.take(f.nonce, 8)
        elseif subtype == 7 then
            r.take(f.nonce, 8) r.take(f.proof, 16)
        elseif subtype == 8 then
            r.take(f.nonce, 16) r.take(f.next_send, 4) r.take(f.last_received, 4)
            tree:add_proto_expert_info(e.resume)
        end
    elseif type == DISCOVERY then
        r.take(f.discovery, 8)
        if subtype == 1 then
            r.take(f.salt, 4) r.take(f.psk_count, 2)
            local size = not r.short and r.at + 2 <= stop and tvb(r.at, 2):uint() or 0
            r.skip(6) r.take(f.filter, size)
        elseif subtype == 2 then
            local count = not r.short and r.at + 2 <= stop and tvb(r.at, 2):uint() or 0
            r.take(f.candidates, 2) r.take(f.status, 2) r.skip(4) r.take(f.nonce, 32)
            for _ = 1, math.min(count, 16) do r.take(f.candidate, 32) end
        elseif subtype == 3 then
            r.take(f.confirmation, 32) r.take(f.proof, 16)
        elseif subtype == 4 then
            r.take(f.status, 2) r.take(f.proof, 16)
        elseif subtype == 5 then
            r.take(f.nonce, 32)
            local count = not r.short and r.at < stop and tvb(r.at, 1):uint() or 0
            r.skip(1)
            for _ = 1, math.min(count, 8) do r.take(f.proof, 16) end
        elseif subtype == 6 then
            r.take(f.nonce, 32) r.take(f.proof, 16)
        elseif subtype == 8 then
            r.time(f.utc)
        end
    end
    if r.short then
        tree:add_proto_expert_info(e.short)
    else
        r.rest(f.padding)
    end
    return info
end

local function add_analysis(found, tree, pinfo)
    if found.gap then
        tree:add(f.gap, found.gap):set_generated()
        tree:add_proto_expert_info(e.gap, format("%d packets before this one are not in the capture", found.gap))
    end
    if found.copy_of then
        tree:add(f.copy_of, found.copy_of):set_generated()
        tree:add_proto_expert_info(e.copy)
    end
    if found.again then
        tree:add(f.again, found.again):set_generated()
        tree:add_proto_expert_info(e.again)
    end
    if found.handshake_copy then tree:add_proto_expert_info(e.handshake) end
    if found.acks then
        tree:add(f.acks, found.acks):set_generated()
        local since = found.time - found.acks_time
        tree:add(f.rtt, NSTime.new(floor(since), floor((since - floor(since)) * 1e9))):set_generated()
    end
    if found.response then tree:add(f.response, found.response):set_generated() end
    if found.new_epoch then tree:add_proto_expert_info(e.epoch, "The first packet under the keys of epoch " .. found.epoch) end
    if found.moved then tree:add_proto_expert_info(e.address, "The client was at " .. found.moved) end
    if found.event then tree:add(f.event, found.event):set_generated() end
end

local function show(found, tvb, pinfo, root)
    local b = found.bytes
    local type, subtype = byte(b, 2), byte(b, 3)
    local name = name_of(b)
    local plain = ByteArray.new(b, true):tvb("Springtail, unmasked and decrypted")
    pinfo.cols.protocol = "Springtail"
    local tree = root:add(springtail, tvb(), "Springtail, " .. name)
    if found.stream then tree:add(f.stream, found.stream):set_generated() end
    tree:add(f.version, plain(0, 1))
    tree:add(f.epoch16, plain(0, 1))
    if found.session and found.tag == "good" then tree:add(f.epoch, found.epoch):set_generated() end
    tree:add(f.type, plain(1, 1))
    tree:add(f.subtype, plain(2, 1))
    tree:add(f.name, name):set_generated()
    local flags = tree:add(f.flags, plain(3, 1))
    for _, flag in ipairs({ f.flag_fin, f.flag_syn, f.flag_rst, f.flag_psh, f.flag_ack, f.from_server, f.flag_sack, f.flag_fragment }) do flags:add(flag, plain(3, 1)) end
    tree:add(f.session, plain(4, 8))
    tree:add(f.sequence, plain(12, 4))
    if found.space then tree:add(f.number, UInt64.new(found.number % WORD, floor(found.number / WORD))):set_generated() end
    tree:add(f.acknowledgment, plain(16, 4))
    tree:add(f.timestamp, plain(20, 4))
    tree:add(f.length, plain(24, 2))
    local stop = #b - TAG
    local info = ""
    if found.tag == "good" or (found.tag == "no key" and not found.session) then
        info = dissect_payload(found, type, subtype, tree, plain, stop)
    elseif stop > HEADER then
        tree:add(f.payload, plain(HEADER, stop - HEADER))
    end
    local tag = tree:add(f.tag, plain(stop, TAG))
    tag:add(f.tag_status, TAGS[found.tag]):set_generated()
    if found.tag == "bad" then tag:add_proto_expert_info(e.bad_tag) elseif found.tag == "no key" then tag:add_proto_expert_info(e.no_key) end
    add_analysis(found, tree, pinfo)
    local side = type == DISCOVERY and "" or band(byte(b, 4), FROM_SERVER) ~= 0 and " server" or " client"
    pinfo.cols.info = format("%s%s%s%s%s%s%s", found.stream and "[" .. found.stream .. "] " or "", name, side, found.space and format(" #%.0f ack %d", found.number, u32(b, 16)) or "", info,
        found.copy_of and " [copy]" or found.again and " [sent again]" or "", found.tag == "good" and "" or found.tag == "bad" and " [wrong tag]" or " [no key]")
end

local function dissect(tvb, pinfo, root)
    local size = tvb:len()
    if size < OVERHEAD or size > LARGEST or tvb:reported_len() ~= size then return 0 end
    local frame = pinfo.number
    local found = frames[frame]
    local raw
    if found and found.size ~= size then found = nil end
    if not found then
        read_keys(springtail.prefs.key_log)
        if missed[frame] == keys.generation then return 0 end
        raw = tvb:raw()
        found = find(raw, tostring(pinfo.src), tostring(pinfo.dst))
        if not found then
            missed[frame] = keys.generation
            return 0
        end
        found.size = size
        frames[frame] = found
        note(found, pinfo)
    end
    show(found, tvb, pinfo, root)
    return size
end

springtail.dissector = dissect

local function begin()
    frames, missed, sessions, session_count, recent, protections, suites = {}, {}, {}, 0, {}, {}, {}
end

springtail.init = begin
springtail.prefs_changed = begin

springtail:register_heuristic("udp", function(tvb, pinfo, root) return dissect(tvb, pinfo, root) > 0 end)

return primitives
