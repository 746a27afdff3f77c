using System;
using Springtail.Packets;
using Springtail.Sessions;
using Springtail.Tests.Simulation;

namespace Springtail.Fuzz;

/// <summary>A saved session, as it comes from a medium that anybody may have written to: taken as it was saved, and not otherwise.</summary>
internal static class SnapshotBytes
{
    private static readonly Conversation s_conversation = Connected();
    private static readonly byte[] s_snapshot = s_conversation.Client.Session.Save(s_conversation.Host.Now, s_conversation.Host.UtcNow)
        ?? throw new FaultException("a session that is quiet cannot be saved");

    public static void Run(ReadOnlySpan<byte> input)
    {
        byte[] snapshot = input.ToArray();
        Client client = new(new SteeredCore(3), s_conversation.Options, s_conversation.Server, snapshot, s_conversation.Host.Now, s_conversation.Host.UtcNow);
        if (client.Resumed != input.SequenceEqual(s_snapshot) || client.Resumed != (client.ResumeCode == ErrorCode.None))
        {
            throw new FaultException($"resumed {client.Resumed}, code {client.ResumeCode}");
        }

        if (snapshot.AsSpan().ContainsAnyExcept((byte)0))
        {
            throw new FaultException("the bytes of the snapshot are not wiped");
        }

        client.Poll(new Datagram(), s_conversation.Host.Now, s_conversation.Host.UtcNow);
    }

    public static byte[][] Seeds() => [s_snapshot];

    private static Conversation Connected()
    {
        Conversation conversation = new();
        for (int i = 0; i < 1000 && (conversation.Client.State != ClientState.Connected || !conversation.Client.Session.CanSave); i++)
        {
            conversation.Step();
        }

        return conversation;
    }
}
