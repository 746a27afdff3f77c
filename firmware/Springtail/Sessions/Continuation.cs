using Springtail.Keys;

namespace Springtail.Sessions;

/// <summary>The session whose messages go on in another one, as that one knows it (PROTOCOL.md 14.2).</summary>
internal sealed class Continuation
{
    /// <summary>Its session_id; 0 after an emergency, when the session is the same one.</summary>
    public readonly ulong Id;

    // Server: what proves that session, while its client may not have heard that this one has taken its place, and may name it again; null otherwise.
    private byte[] _secret;

    /// <param name="id">Its session_id.</param>
    public Continuation(ulong id)
    {
        Id = id;
    }

    /// <summary>What goes on after an emergency, under the same session_id.</summary>
    public static Continuation OfTheSame() => new Continuation(0);

    /// <summary>The peer has it too.</summary>
    public bool IsTaken { get; set; }

    /// <summary>What proves the session of that id; null where it is another one, or not needed any more.</summary>
    public byte[] SecretOf(ulong id) => id == Id ? _secret : null;

    /// <summary>Copies what proves it.</summary>
    public void Keep(byte[] secret) => _secret = Secret.Slice(secret, 0, secret.Length);

    /// <summary>Wipes what proves it: the client has heard of this one.</summary>
    public void Forget()
    {
        Secret.Wipe(_secret);
        _secret = null;
    }
}
