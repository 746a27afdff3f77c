# The core's sources, as its own build, the bare-metal builds and nanoFramework's take them.
set(SPT_SOURCES
    aes256.c
    aes256_gcm.c
    chacha20.c
    chacha20_poly1305.c
    hmac.c
    limbs.c
    p256.c
    p256_base.c
    p256_field.c
    packet.c
    pbkdf2.c
    poly1305.c
    sha256.c
    util.c
    x25519.c)
