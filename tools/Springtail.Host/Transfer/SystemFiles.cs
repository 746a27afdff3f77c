using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace Springtail.Transfer;

/// <summary>Files and folders of a file system, to be sent. A folder goes with all that is in it but links, pipes, sockets and devices, which are left out.</summary>
public sealed class SystemFiles : IFileSource, IDisposable
{
    private readonly List<(string Path, string Name, long Size)> _files = new();
    private readonly List<string> _leftOut = new();
    private FileStream _open;

    /// <param name="paths">Files and folders. A file is offered under its own name, what is in a folder under the folder's name and its own.</param>
    /// <exception cref="IOException">One is not there, two have the same name, or a folder cannot be listed.</exception>
    /// <exception cref="UnauthorizedAccessException">A folder cannot be listed.</exception>
    public SystemFiles(IEnumerable<string> paths)
    {
        foreach (string path in paths)
        {
            string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
            string name = Path.GetFileName(full);
            if (Directory.Exists(full))
            {
                AddFolder(full, name.Length == 0 ? "" : name + "/");
            }
            else if (SpecialFile.Is(full))
            {
                _leftOut.Add(full);
            }
            else if (File.Exists(full))
            {
                _files.Add((full, name, new FileInfo(full).Length));
            }
            else
            {
                throw new FileNotFoundException($"{path} is not there.");
            }
        }

        if (_files.GroupBy(f => f.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } same)
        {
            throw new IOException($"{string.Join(" and ", same.Select(f => f.Path))} would have the same name.");
        }
    }

    /// <summary>Links, pipes, sockets and devices, which are not sent.</summary>
    public IReadOnlyList<string> LeftOut => _leftOut;

    /// <inheritdoc/>
    public int Count => _files.Count;

    /// <inheritdoc/>
    public long TotalBytes => _files.Sum(f => f.Size);

    /// <inheritdoc/>
    public string NameOf(int index) => _files[index].Name;

    /// <inheritdoc/>
    public long SizeOf(int index) => _files[index].Size;

    /// <inheritdoc/>
    public bool Open(int index)
    {
        Close();
        if (_files[index].Size == 0)
        {
            return File.Exists(_files[index].Path);
        }

        try
        {
            _open = new FileStream(_files[index].Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0, FileOptions.SequentialScan);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public int Read(byte[] buffer, int offset, int count) => _open == null ? 0 : FileStreams.Read(_open, buffer, offset, count);

    /// <inheritdoc/>
    public void Close()
    {
        _open?.Dispose();
        _open = null;
    }

    /// <inheritdoc/>
    public void Dispose() => Close();

    // The name ends in a slash, or is empty for a root.
    private void AddFolder(string path, string name)
    {
        int before = _files.Count;
        EnumerationOptions all = new() { AttributesToSkip = 0, IgnoreInaccessible = false };
        foreach (FileSystemInfo entry in new DirectoryInfo(path).EnumerateFileSystemInfos("*", all).OrderBy(e => e.Name, StringComparer.Ordinal))
        {
            if (entry.LinkTarget != null || SpecialFile.Is(entry.FullName))
            {
                _leftOut.Add(entry.FullName);
            }
            else if (!entry.Exists)
            {
                // Its name is no Unicode, or it was there a moment ago: refused, or not to be read, when its turn comes.
                _files.Add((entry.FullName, name + entry.Name, 0));
            }
            else if (entry is DirectoryInfo)
            {
                AddFolder(entry.FullName, name + entry.Name + "/");
            }
            else if (!entry.Name.StartsWith(TransferName.PartialPrefix, StringComparison.OrdinalIgnoreCase))
            {
                _files.Add((entry.FullName, name + entry.Name, ((FileInfo)entry).Length));
            }
        }

        if (_files.Count == before && name.Length > 0)
        {
            _files.Add((path, name, 0));
        }
    }
}
