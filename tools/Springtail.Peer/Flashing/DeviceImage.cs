using System;
using System.IO;
using System.Linq;
using System.Text;

namespace Springtail.Peer.Flashing;

/// <summary>
/// An application's image: its .pe files one after the other, each padded to a multiple of four bytes. The firmware steps from one to the next by the length in its header, and
/// resolves references when it has all of them, so their order is free.
/// </summary>
internal static class DeviceImage
{
    private const int LengthAt = 100;
    private const int HeaderSize = 104;
    private const int Alignment = 4;

    /// <summary>Makes one of all .pe files of a folder.</summary>
    /// <exception cref="CommandException">There is none, one is no .pe file, or the image cannot be written.</exception>
    public static void Make(string folder, string image)
    {
        try
        {
            string[] files = [.. Directory.GetFiles(folder, "*.pe").Order(StringComparer.Ordinal)];
            if (files.Length == 0)
            {
                throw new CommandException(ExitCode.File, $"{folder} has no .pe files: build the application for nanoFramework first.");
            }

            using MemoryStream bytes = new();
            foreach (string file in files)
            {
                byte[] part = File.ReadAllBytes(file);
                if (!IsPe(part))
                {
                    throw new CommandException(ExitCode.File, $"{file} is no .pe file of nanoFramework's: the firmware would not find those after it.");
                }

                bytes.Write(part);
                bytes.Write(new byte[(Alignment - part.Length % Alignment) % Alignment]);
            }

            File.WriteAllBytes(image, bytes.ToArray());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.File, $"The image cannot be made: {e.Message}", e);
        }
    }

    private static bool IsPe(byte[] file) => file.Length >= HeaderSize && Encoding.ASCII.GetString(file, 0, 6) == "NFMRK1" && BitConverter.ToInt32(file, LengthAt) == file.Length;
}
