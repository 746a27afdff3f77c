using System;
using System.IO;

namespace Springtail.Gateway;

/// <summary>Keeps a data folder for one gateway, for as long as it runs: two would send each other's messages, and delete them.</summary>
internal sealed class FolderLock : IDisposable
{
    private readonly FileStream _file;

    /// <exception cref="IOException">Another gateway has the folder, or it cannot be written.</exception>
    public FolderLock(GatewaySettings settings)
    {
        string path = Path.Combine(settings.Data, "gateway.lock");
        try
        {
            _file = PrivateFiles.Open(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"data: the folder {settings.Data} cannot be used: another gateway has it (each needs its own), or {path} cannot be written ({e.Message}).", e);
        }
    }

    public void Dispose() => _file.Dispose();
}
