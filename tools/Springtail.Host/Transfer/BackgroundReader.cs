using System;
using System.Collections.Concurrent;
using System.IO;
using System.Threading;

namespace Springtail.Transfer;

/// <summary>Reads a pipe ahead on a thread of its own, at most a megabyte, so that whoever wants its bytes need not wait for them.</summary>
internal sealed class BackgroundReader : IDisposable
{
    private const int PartSize = 65536;
    private const int Parts = 16;

    // How long a read waits for bytes, in ms.
    private const int Patience = 50;

    private readonly Func<Stream> _open;
    private readonly BlockingCollection<byte[]> _parts = new(Parts);
    private byte[] _part = Array.Empty<byte>();
    private int _taken;
    private volatile bool _failed;
    private volatile bool _disposed;

    /// <param name="open">Opens it, which may wait for whoever writes.</param>
    public BackgroundReader(Func<Stream> open)
    {
        _open = open;
        new Thread(ReadAhead) { IsBackground = true, Name = "pipe" }.Start();
    }

    /// <summary>As <see cref="IFileSource.Read"/>.</summary>
    public int Read(byte[] buffer, int offset, int count)
    {
        if (_taken == _part.Length)
        {
            if (!_parts.TryTake(out byte[] part, Patience))
            {
                return !_parts.IsCompleted ? FileRead.NothingYet : _failed ? FileRead.Failed : 0;
            }

            _part = part;
            _taken = 0;
        }

        int size = Math.Min(count, _part.Length - _taken);
        Array.Copy(_part, _taken, buffer, offset, size);
        _taken += size;
        return size;
    }

    /// <summary>The thread ends after its present read, which may wait for ever.</summary>
    public void Dispose()
    {
        _disposed = true;
        _parts.TryTake(out _);
    }

    private void ReadAhead()
    {
        byte[] buffer = new byte[PartSize];
        try
        {
            using Stream stream = _open();
            for (int size; !_disposed && (size = stream.Read(buffer)) > 0;)
            {
                _parts.Add(buffer.AsSpan(0, size).ToArray());
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or UnauthorizedAccessException)
        {
            _failed = true;
        }

        _parts.CompleteAdding();
    }
}
