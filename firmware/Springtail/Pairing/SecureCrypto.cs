using System;
using Springtail.Crypto;
using Springtail.Keys;
using Springtail.Packets;

namespace Springtail.Pairing;

/// <summary>
/// X25519 and a token to a session key, and ChaCha20-Poly1305 under it: the class that others know under this name, for those who come from there.
/// It has no connection and no state but keys; the public keys and the messages are carried by its user.
/// <para>
/// It is weak, and new programs take a <see cref="Channel"/> with <see cref="ChannelOptions.Token"/> in its place. The token is the salt of HKDF and
/// nothing more: whoever answers in the peer's stead with a key pair of his own and gets one encrypted message tries all 4 million tokens of two words
/// on it at home, in seconds, and is from then on the one in the middle. Nothing here counts messages either: one that is repeated, left out or
/// put in another order is decrypted all the same, and so is one's own, sent back.
/// </para>
/// </summary>
internal sealed class SecureCrypto : IDisposable
{
    /// <summary>Bytes of a public key.</summary>
    public const int PublicKeySize = 32;

    /// <summary>By how many bytes a message is longer than its text: a 12-byte nonce before it, a 16-byte tag after it.</summary>
    public const int Overhead = NonceSize + TagSize;

    private const int NonceSize = 12;
    private const int TagSize = 16;
    private const int KeySize = 32;

    private readonly ICryptoCore _core;
    private readonly byte[] _privateKey = Secret.New(KeySize);
    private readonly byte[] _publicKey = new byte[PublicKeySize];
    private byte[] _sessionKey;
    private bool _disposed;

    /// <summary>Makes a key pair, with <see cref="CryptoCore.Default"/>.</summary>
    public SecureCrypto()
        : this(CryptoCore.Default)
    {
    }

    /// <summary>Makes a key pair.</summary>
    /// <param name="core">The primitives.</param>
    public SecureCrypto(ICryptoCore core)
    {
        if (core == null)
        {
            throw new ArgumentNullException();
        }

        _core = core;
        core.X25519KeyPair(_publicKey, _privateKey);
    }

    /// <summary>The public key, 32 bytes, for the peer. A copy.</summary>
    public byte[] PublicKey => Secret.Slice(_publicKey, 0, PublicKeySize);

    /// <summary>
    /// Derives the session key, K of suite 4 (PROTOCOL.md 7); from then on messages can be encrypted and decrypted. May be called again, for another
    /// peer or token.
    /// </summary>
    /// <param name="peerPublicKey">The peer's raw X25519 public key, exactly 32 bytes.</param>
    /// <param name="token">The token that both hold, <c>word-word</c> in lower case.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">The public key has another size, or the token another form.</exception>
    /// <exception cref="SpringtailException">KEY_EXCHANGE_FAILED: the public key is a point of small order, and the secret would be zero.</exception>
    /// <exception cref="ObjectDisposedException">It has been disposed.</exception>
    public void DeriveSessionKey(byte[] peerPublicKey, string token)
    {
        if (peerPublicKey == null || token == null)
        {
            throw new ArgumentNullException();
        }

        if (peerPublicKey.Length != PublicKeySize)
        {
            throw new ArgumentException("An X25519 public key has exactly 32 bytes; this one has " + peerPublicKey.Length.ToString() + ".");
        }

        ChannelOptions.ValidateToken(token);
        if (_disposed)
        {
            throw new ObjectDisposedException(nameof(SecureCrypto));
        }

        byte[] shared = Secret.New(KeySize);
        if (!_core.X25519Shared(shared, _privateKey, peerPublicKey))
        {
            throw new SpringtailException(ErrorCode.KeyExchangeFailed, "The peer's public key leads to a secret of zero: no honest peer makes such a key.");
        }

        Secret.Wipe(_sessionKey);
        _sessionKey = KeySchedule.SessionKeySuite4(_core, Wire.Ascii(token), shared);
        Secret.Wipe(shared);
    }

    /// <summary>Encrypts a text under a random nonce.</summary>
    /// <returns>The nonce (12 bytes), the ciphertext, the tag (16 bytes).</returns>
    /// <exception cref="ArgumentNullException"><paramref name="plaintext"/> is null.</exception>
    /// <exception cref="InvalidOperationException">There is no session key.</exception>
    public byte[] Encrypt(byte[] plaintext)
    {
        if (plaintext == null)
        {
            throw new ArgumentNullException();
        }

        RequireKey();
        byte[] message = new byte[plaintext.Length + Overhead];
        _core.Random(message, 0, NonceSize);
        byte[] nonce = Secret.Slice(message, 0, NonceSize);
        Array.Copy(plaintext, 0, message, NonceSize, plaintext.Length);
        _core.ChaCha20(message, NonceSize, plaintext.Length, _sessionKey, nonce, 1);
        Array.Copy(Tag(message, plaintext.Length, nonce), 0, message, NonceSize + plaintext.Length, TagSize);
        return message;
    }

    /// <summary>Verifies and decrypts a message.</summary>
    /// <param name="message">As <see cref="Encrypt"/> returns it.</param>
    /// <returns>The text.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="message"/> is null.</exception>
    /// <exception cref="ArgumentException">It is shorter than nonce and tag.</exception>
    /// <exception cref="SpringtailException">AUTHENTICATION_FAILED: it was altered, or the peer has another key or token.</exception>
    /// <exception cref="InvalidOperationException">There is no session key.</exception>
    public byte[] Decrypt(byte[] message)
    {
        if (message == null)
        {
            throw new ArgumentNullException();
        }

        if (message.Length < Overhead)
        {
            throw new ArgumentException("A message has at least 28 bytes: nonce and tag.");
        }

        RequireKey();
        int size = message.Length - Overhead;
        byte[] nonce = Secret.Slice(message, 0, NonceSize);
        if (!ConstantTime.Equal(Tag(message, size, nonce), 0, message, NonceSize + size, TagSize))
        {
            throw new SpringtailException(ErrorCode.AuthenticationFailed, "The message was altered, or the peer has another key or token.");
        }

        byte[] plaintext = Secret.Slice(message, NonceSize, size);
        _core.ChaCha20(plaintext, 0, size, _sessionKey, nonce, 1);
        return plaintext;
    }

    /// <summary>Wipes the keys.</summary>
    public void Dispose()
    {
        _disposed = true;
        Secret.Wipe(_privateKey);
        Secret.Wipe(_sessionKey);
        _sessionKey = null;
    }

    // The tag of the ciphertext, without additional data (RFC 8439 2.8).
    private byte[] Tag(byte[] message, int size, byte[] nonce)
    {
        byte[] key = Secret.New(KeySize);
        _core.ChaCha20(key, 0, KeySize, _sessionKey, nonce, 0);
        ManagedPoly1305 authenticator = new ManagedPoly1305(CryptoCore.NewSecretWords(ManagedPoly1305.Words), CryptoCore.NewSecret(ManagedPoly1305.BlockSize));
        authenticator.Begin(key);
        authenticator.Update(message, NonceSize, size);
        byte[] tag = new byte[TagSize];
        authenticator.Finish(tag, 0, 0, size);
        Secret.Wipe(key);
        return tag;
    }

    private void RequireKey()
    {
        if (_sessionKey == null)
        {
            throw new InvalidOperationException("There is no session key: DeriveSessionKey comes first.");
        }
    }
}
