namespace Springtail.Pairing;

/// <summary>Where a new PSK goes.</summary>
public interface IPskStore
{
    /// <summary>Stores the key so that it survives a reset, unreadable to others where the platform can do that. Throws when it cannot.</summary>
    void Store(byte[] psk);

    /// <summary>Removes what <see cref="Store"/> stored: the peer has not confirmed that it holds the same key.</summary>
    void Discard();
}
