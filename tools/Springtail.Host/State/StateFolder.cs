#nullable enable
using System;
using System.IO;
using System.Security.Cryptography;
using Springtail.Keys;
using Springtail.Sessions;

namespace Springtail;

/// <summary>
/// A folder in which an installation keeps what must outlive its processes: its installation_id (PROTOCOL.md 2), which first packets and clock requests its
/// listeners have answered (5, 11), sessions of listeners that were closed in order (14.2), and failures with tokens (17). Several processes may use one at a
/// time. Its owner alone can read it.
/// </summary>
public sealed class StateFolder
{
    internal const string InstallationFile = "installation";

    /// <summary>Opens a folder, which is made when it is not there.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="IOException">It cannot be made, read or written.</exception>
    public StateFolder(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Path = path;
        try
        {
            PrivateFiles.MakeFolder(path);
            PrivateFiles.CheckWritable(path);
            byte[] id = ReadOrMakeId(System.IO.Path.Combine(path, InstallationFile));
            Installation = new Installation(id);
            Tokens = new TokenFailures(System.IO.Path.Combine(path, "tokens"), id);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"The state folder {path} cannot be used: {e.Message}", e);
        }
    }

    /// <summary>
    /// Where a program of this user keeps state unless it is told otherwise: what SPRINGTAIL_STATE in the environment says, or springtail in the folder that the
    /// system has for it.
    /// </summary>
    public static string DefaultPath
    {
        get
        {
            if (Environment.GetEnvironmentVariable("SPRINGTAIL_STATE") is { Length: > 0 } set)
            {
                return set;
            }

            string? state = OperatingSystem.IsLinux() ? Environment.GetEnvironmentVariable("XDG_STATE_HOME") : null;
            return !string.IsNullOrEmpty(state) ? System.IO.Path.Combine(state, "springtail")
                : OperatingSystem.IsLinux() ? System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state", "springtail")
                : System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "springtail");
        }
    }

    /// <summary>Where the folder is.</summary>
    public string Path { get; }

    /// <summary>Tells the installation its own first packets: <see cref="ChannelOptions.Installation"/> where <see cref="ChannelOptions.State"/> is set.</summary>
    public Installation Installation { get; }

    internal TokenFailures Tokens { get; }

    // Whoever is first makes it; another process that starts at the same moment reads that one's.
    private static byte[] ReadOrMakeId(string file)
    {
        byte[] id = new byte[LongTermKeys.InstallationIdSize];
        if (!File.Exists(file))
        {
            string own = $"{file}.{Environment.ProcessId}";
            RandomNumberGenerator.Fill(id);
            using (FileStream stream = PrivateFiles.Open(own, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                stream.Write(id);
                stream.Flush(flushToDisk: true);
            }

            try
            {
                File.Move(own, file, overwrite: false);
            }
            catch (IOException) when (File.Exists(file))
            {
                File.Delete(own);
            }
        }

        using FileStream made = PrivateFiles.Open(file, FileMode.Open, FileAccess.Read, FileShare.Read);
        return made.Length == id.Length && made.ReadAtLeast(id, id.Length, throwOnEndOfStream: false) == id.Length
            ? id
            : throw new IOException($"{file} holds no installation_id, which has {id.Length} bytes: remove it, and a new one is made.");
    }
}
