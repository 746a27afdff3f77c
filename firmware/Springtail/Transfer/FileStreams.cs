using System.IO;

namespace Springtail.Transfer;

/// <summary>Reading and writing of an open file where a failure is a value, as <see cref="IFileSource"/> and <see cref="IFileStore"/> want it.</summary>
internal static class FileStreams
{
    /// <summary>The number of bytes read, 0 at the end; -1 when it failed.</summary>
    public static int Read(FileStream file, byte[] buffer, int offset, int count)
    {
        try
        {
            return file.Read(buffer, offset, count);
        }
        catch (IOException)
        {
            return -1;
        }
    }

    /// <summary>False when it failed.</summary>
    public static bool Write(FileStream file, byte[] buffer, int offset, int count)
    {
        try
        {
            file.Write(buffer, offset, count);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
