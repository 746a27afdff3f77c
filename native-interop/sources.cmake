# The core's sources, as its own build, the bare-metal builds and nanoFramework's take them.
set(SPT_SOURCES
    aes256.c
    aes256_gcm.c
    aes256_rounds.c
    chacha20.c
    chacha20_blocks.c
    chacha20_poly1305.c
    hmac.c
    inverse.c
    limbs.c
    p256.c
    p256_base.c
    p256_field.c
    packet.c
    pbkdf2.c
    poly1305.c
    poly1305_blocks.c
    sha256.c
    sha256_blocks.c
    spake2.c
    spake2_base.c
    util.c
    x25519.c
    x25519_base.c
    x25519_field.c)

# How the boards' compiler, gcc, makes what is straight-line code and runs long: for speed, without the first scheduling
# pass and moves out of loops, which only make it spill. All other files are made for size.
set(SPT_FAST_SOURCES aes256_rounds.c chacha20_blocks.c p256_field.c poly1305_blocks.c sha256_blocks.c x25519_field.c)
set(SPT_FAST_OPTIONS -O2 -fno-schedule-insns -fira-loop-pressure -fira-region=one -fno-gcse -fno-tree-pre -fno-tree-reassoc)
