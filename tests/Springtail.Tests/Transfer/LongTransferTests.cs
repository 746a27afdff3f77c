using System;
using System.IO;
using Springtail.Transfer;
using Xunit;
using Xunit.Abstractions;

namespace Springtail.Tests.Transfer;

/// <summary>Files and pipes of any length in bounded memory; 10 GB and 30 GB in the long form.</summary>
public sealed class LongTransferTests(ITestOutputHelper output) : IDisposable
{
    private const long MostMemory = 20_000_000;

    private static readonly bool s_full = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("SPRINGTAIL_FULL"));

    private readonly string _folder = Directory.CreateTempSubdirectory("springtail-long-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_sparse_file_arrives_in_bounded_memory()
    {
        long size = s_full ? 10_000_000_000 : 100_000_000;
        string path = Path.Combine(_folder, "sparse");
        using (FileStream file = File.Create(path))
        {
            file.SetLength(size);
            file.Seek(size / 2, SeekOrigin.Begin);
            file.WriteByte(1);
        }

        using SystemFiles files = new([path]);
        Run(files, size);
    }

    [Fact]
    public void A_stream_without_a_size_arrives_in_bounded_memory()
    {
        long size = s_full ? 30_000_000_000 : 300_000_000;
        Run(new Endless(size), size);
    }

    private void Run(IFileSource source, long size)
    {
        Counting target = new();
        long most = 0;
        long before = GC.GetTotalMemory(forceFullCollection: true);
        int steps = 0;
        Pipe pipe = new(source, null, target, false, 64 * 1149, 10)
        {
            Tick = () => most = steps++ % 10_000 == 0 ? Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before) : most,
        };
        pipe.Run();
        output.WriteLine($"{target.Bytes} bytes, {most} bytes of memory");
        Assert.Equal("Ok, Ok, 0 failed", pipe.Outcome);
        Assert.Equal(size, target.Bytes);
        Assert.Equal(size, pipe.Receiver.Bytes);
        Assert.Equal(size, pipe.Sender.TotalBytes);
        Assert.InRange(most, 0, MostMemory);
    }

    /// <summary>A pipe of bytes that follow from their places; it has nothing for a moment now and then.</summary>
    private sealed class Endless(long size) : IFileSource
    {
        private long _position;
        private int _reads;

        public int Count => 1;

        public long TotalBytes => 0;

        public bool HasChanged => false;

        public FileEntry EntryAt(int index) => new("stdin", FileEntry.UnknownSize, FileEntry.Untold, FileEntry.Untold);

        public bool Open(int index) => true;

        public int Read(byte[] buffer, int offset, int count)
        {
            if (_reads++ % 7 == 0)
            {
                return FileRead.NothingYet;
            }

            int part = (int)Math.Min(count, Math.Min(size - _position, 65_536));
            buffer.AsSpan(offset, part).Fill((byte)(_position >> 16));
            _position += part;
            return part;
        }

        public void Close()
        {
        }
    }

    /// <summary>A folder that counts what it takes.</summary>
    private sealed class Counting : IFileStore
    {
        public long Bytes { get; private set; }

        public long FreeSpace => -1;

        public bool KeepsMetadata => false;

        public int Find(string name, out long size)
        {
            size = 0;
            return StoreEntry.None;
        }

        public bool OpenToRead(string name) => false;

        public bool OpenToAppend(string name, FileEntry entry) => true;

        public int Read(byte[] buffer, int offset, int count) => FileRead.Failed;

        public bool Write(byte[] buffer, int offset, int count)
        {
            Bytes += count;
            return true;
        }

        public bool Close() => true;

        public int Rename(string from, FileEntry entry) => TransferResult.Ok;

        public void SetMetadata(FileEntry entry)
        {
        }

        public int MakeFolder(FileEntry entry) => TransferResult.Ok;

        public void Delete(string name)
        {
        }
    }
}
