using System;
using System.IO;
using Springtail.Transfer;

namespace Springtail.Peer.Transfer;

/// <summary>The standard output in place of a folder: it takes one file, whose bytes are on their way before its hash is known, and never a part of one.</summary>
internal sealed class StandardOutputStore : IFileStore, IDisposable
{
    private readonly Stream _stream = Console.OpenStandardOutput();

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
        try
        {
            _stream.Write(buffer, offset, count);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    public bool Close() => true;

    public int Rename(string from, FileEntry entry) => TransferResult.Ok;

    public void SetMetadata(FileEntry entry)
    {
    }

    public int MakeFolder(FileEntry entry) => TransferResult.BadName;

    public void Delete(string name)
    {
    }

    public void Dispose() => _stream.Dispose();
}
