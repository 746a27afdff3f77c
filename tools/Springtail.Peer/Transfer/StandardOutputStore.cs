using System;
using System.IO;
using Microsoft.Win32.SafeHandles;
using Springtail.Transfer;

namespace Springtail.Peer.Transfer;

/// <summary>The standard output in place of a folder: it takes one file, whose bytes are on their way before its hash is known, and never a part of one.</summary>
internal sealed class StandardOutputStore : IFileStore, IDisposable
{
    private readonly Stream _stream = Open();

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

    // The console's stream passes over that a pipe's reader has gone, and with it what it has not read. A file's own position is another command's too.
    private static Stream Open()
    {
        FileStream stream = new(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, 0);
        return OperatingSystem.IsWindows() || stream.CanSeek ? Console.OpenStandardOutput() : stream;
    }
}
