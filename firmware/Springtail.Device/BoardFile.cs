using System.IO;

namespace Springtail.Device;

/// <summary>Files on the board's storage.</summary>
internal static class BoardFile
{
    /// <summary>Its bytes, of a larger file the first limit + 1; null when there is no such file.</summary>
    public static byte[] Read(string path, int limit)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        using FileStream file = new FileStream(path, FileMode.Open, FileAccess.Read);
        int size = file.Length > limit ? limit + 1 : (int)file.Length;
        byte[] bytes = new byte[size];
        int count = 0;
        while (count < size)
        {
            int read = file.Read(bytes, count, size - count);
            if (read <= 0)
            {
                throw new IOException(path + " ends before its length.");
            }

            count += read;
        }

        return bytes;
    }
}
