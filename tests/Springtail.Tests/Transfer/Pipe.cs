using System;
using System.Collections.Generic;
using System.Linq;
using System.Security.Cryptography;
using NFUnitTest;
using Springtail.Transfer;
using Xunit;

namespace Springtail.Tests.Transfer;

/// <summary>A sender and a receiver with nothing between them but two queues of messages.</summary>
internal sealed class Pipe
{
    public const int MessageSize = 4 * 1149;

    private readonly Queue<byte[]> _up = new();
    private readonly Queue<byte[]> _down = new();
    private readonly byte[] _buffer;

    public Pipe(MemoryFolder from, IFileStore to, bool overwrite = false, int messageSize = MessageSize, int mostEntries = 1000)
        : this(from, from, to, overwrite, messageSize, mostEntries)
    {
    }

    public Pipe(IFileSource source, MemoryFolder? sourceFolder, IFileStore to, bool overwrite, int messageSize, int mostEntries)
    {
        SourceFolder = sourceFolder;
        TargetFolder = to as MemoryFolder;
        _buffer = new byte[messageSize];
        Sent = new Notes();
        Received = new Notes();
        Sender = new FileSender(source, new SystemSha256(), Sent);
        Receiver = new FileReceiver(to, new SystemSha256(), new SystemSha256(), mostEntries, overwrite, Received);
    }

    public FileSender Sender { get; }

    public FileReceiver Receiver { get; }

    public Notes Sent { get; }

    public Notes Received { get; }

    private MemoryFolder? SourceFolder { get; }

    private MemoryFolder? TargetFolder { get; }

    /// <summary>Sees each message of the sender and gives what arrives in its place; null for nothing.</summary>
    public Func<byte[], byte[]?> Up { get; set; } = m => m;

    /// <summary>The same for the receiver's.</summary>
    public Func<byte[], byte[]?> Down { get; set; } = m => m;

    /// <summary>The receiver's answer is there before the sender does anything else.</summary>
    public bool AnswersAtOnce { get; set; }

    /// <summary>Is called before each step.</summary>
    public Action Tick { get; set; } = () => { };

    /// <summary>Goes on until both sides are over, one is killed, or nothing happens any more.</summary>
    public void Run()
    {
        while (!IsDead && (Step(Sender, _up, _down, m => Up(m)) | Step(Receiver, _down, _up, m => Down(m))))
        {
            Tick();
        }

        Sender.ChannelEnded();
        Receiver.ChannelEnded();
    }

    private bool IsDead => (SourceFolder?.Killed ?? false) || (TargetFolder?.Killed ?? false);

    private bool Step(TransferSide side, Queue<byte[]> outgoing, Queue<byte[]> incoming, Func<byte[], byte[]?> tamper)
    {
        int size = side.Poll(_buffer);
        if (size > 0 && tamper(_buffer.AsSpan(0, size).ToArray()) is { } message)
        {
            outgoing.Enqueue(message);
            while (AnswersAtOnce && side == Sender && Step(Receiver, incoming, outgoing, m => Down(m)))
            {
            }
        }

        if (IsDead || !side.TakesMessages || !incoming.TryDequeue(out byte[]? received))
        {
            return size >= 0;
        }

        received.CopyTo(_buffer, 0);
        side.Receive(_buffer, received.Length);
        return true;
    }

    /// <summary>Runs it and demands that all went well and the files are the same.</summary>
    public static Pipe Transfer(MemoryFolder from, MemoryFolder to, bool overwrite = false)
    {
        Pipe pipe = new(from, to, overwrite);
        pipe.Run();
        Assert.Equal("Ok, Ok, 0 failed", pipe.Outcome);
        AssertSame(from, to);
        return pipe;
    }

    public string Outcome => $"{Name(Sender.Result)}, {Name(Receiver.Result)}, {Receiver.Failed} failed";

    public static void AssertSame(MemoryFolder from, MemoryFolder to)
    {
        bool metadata = from.KeepsMetadata && to.KeepsMetadata;
        Assert.Equal(Described(from, metadata), Described(to, metadata));
        for (int i = 0; i < from.Count; i++)
        {
            Assert.Equal(SHA256.HashData(from.Contents(from.NameOf(i))!), SHA256.HashData(to.Contents(from.NameOf(i))!));
        }
    }

    // Names, and permission bits and times where both keep them.
    private static IEnumerable<string> Described(MemoryFolder folder, bool metadata)
    {
        return Enumerable.Range(0, folder.Count).Select(i => folder.NameOf(i) + (metadata ? $" {folder.ModeOf(i)} {folder.TimeOf(i)}" : "")).Order();
    }

    public static string Name(int result) => typeof(TransferResult).GetFields().First(f => f.IsLiteral && (int)f.GetRawConstantValue()! == result).Name;

    public static byte[] Random(int seed, int size)
    {
        byte[] bytes = new byte[size];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>What became of each file, as "name: Result".</summary>
    internal sealed class Notes : ITransferWatch
    {
        public List<string> All { get; } = [];

        /// <summary>Those of files.</summary>
        public IEnumerable<string> Files => All.Where(n => !n.Contains("/: "));

        public void Concluded(FileEntry entry) => All.Add($"{entry.Name}: {Name(entry.Result)}");
    }
}
