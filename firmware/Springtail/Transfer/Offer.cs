using System.Text;

namespace Springtail.Transfer;

/// <summary>
/// The JSON of an OFFER (PROTOCOL.md 23), as in
/// <c>{"first":0,"entries":2,"bytes":5,"offer":[{"name":"a/b","size":5,"mode":416,"time":0},{"name":"a/","mode":448}]}</c>.
/// </summary>
internal sealed class Offer
{
    /// <summary>The number of the first entry.</summary>
    public long First { get; set; }

    /// <summary>Entries of the whole transfer.</summary>
    public long Total { get; set; }

    /// <summary>Bytes of the whole transfer.</summary>
    public long Bytes { get; set; }

    public FileEntry[] Entries { get; set; }

    public int Count { get; set; }

    /// <summary>Bytes of UTF-8 that an OFFER has at the most, without its entries.</summary>
    public const int FrameSize = 128;

    private const string NameBefore = "{\"name\":\"";
    private const int MaxMode = 511;

    /// <summary>Bytes of UTF-8 that an entry takes, with the comma after it.</summary>
    public static int SizeOf(FileEntry entry)
    {
        int size = 0;
        byte[] name = Encoding.UTF8.GetBytes(entry.Name);
        for (int i = 0; i < name.Length; i++)
        {
            size += name[i] == '"' || name[i] == '\\' ? 2 : 1;
        }

        return size + NameBefore.Length + TextAfterName(entry).Length + 1;
    }

    /// <summary>Writes it after the type byte; returns the size of the message. There must be room.</summary>
    public int Write(byte[] buffer)
    {
        int at = 1;
        buffer[0] = TransferMessage.Offer;
        at = Write(buffer, at, "{\"first\":" + First.ToString() + ",\"entries\":" + Total.ToString() + ",\"bytes\":" + Bytes.ToString() + ",\"offer\":[");
        for (int i = 0; i < Count; i++)
        {
            FileEntry entry = Entries[i];
            at = Write(buffer, at, i == 0 ? NameBefore : "," + NameBefore);
            at = WriteEscaped(buffer, at, entry.Name);
            at = Write(buffer, at, TextAfterName(entry));
        }

        return Write(buffer, at, "]}");
    }

    /// <summary>Reads the message; null when it is not one, or has more than <paramref name="limit"/> entries. Names are not checked.</summary>
    public static Offer Read(byte[] message, int size, int limit)
    {
        Offer offer = new Offer { First = -1, Total = -1, Bytes = -1 };
        JsonReader json = new JsonReader(message, 1, size);
        json.Expect('{');
        do
        {
            string member = json.ReadString(16);
            json.Expect(':');
            if (member == "first" && offer.First < 0)
            {
                offer.First = json.ReadNumber();
            }
            else if (member == "entries" && offer.Total < 0)
            {
                offer.Total = json.ReadNumber();
            }
            else if (member == "bytes" && offer.Bytes < 0)
            {
                offer.Bytes = json.ReadNumber();
            }
            else if (member == "offer" && offer.Entries == null)
            {
                offer.ReadEntries(json, limit);
            }
            else
            {
                return null;
            }
        }
        while (json.Takes(','));
        json.Expect('}');
        return json.AtEnd && offer.First >= 0 && offer.Total >= 0 && offer.Bytes >= 0 && offer.Count > 0 ? offer : null;
    }

    private void ReadEntries(JsonReader json, int limit)
    {
        Entries = new FileEntry[4];
        json.Expect('[');
        do
        {
            FileEntry entry = ReadEntry(json);
            if (entry == null || Count == limit)
            {
                Count = 0;
                return;
            }

            if (Count == Entries.Length)
            {
                FileEntry[] larger = new FileEntry[Count * 2];
                System.Array.Copy(Entries, 0, larger, 0, Count);
                Entries = larger;
            }

            Entries[Count++] = entry;
        }
        while (json.Takes(','));
        json.Expect(']');
    }

    private static FileEntry ReadEntry(JsonReader json)
    {
        string name = null;
        long size = FileEntry.UnknownSize;
        long mode = FileEntry.Untold;
        long time = FileEntry.Untold;
        json.Expect('{');
        do
        {
            string member = json.ReadString(16);
            json.Expect(':');
            if (member == "name" && name == null)
            {
                name = json.ReadString(TransferName.MaxSize + 1);
            }
            else if (member == "size" && size < 0)
            {
                size = json.ReadNumber();
            }
            else if (member == "mode" && mode < 0)
            {
                mode = json.ReadNumber();
            }
            else if (member == "time" && time < 0)
            {
                time = json.ReadNumber();
            }
            else
            {
                return null;
            }
        }
        while (json.Takes(','));
        json.Expect('}');
        if (json.Failed || name == null || name.Length == 0 || mode > MaxMode)
        {
            return null;
        }

        FileEntry entry = new FileEntry(name, size, (int)mode, time);
        return entry.IsFolder && size >= 0 ? null : entry;
    }

    private static string TextAfterName(FileEntry entry)
    {
        return "\"" + Member("size", entry.Size) + Member("mode", entry.Mode) + Member("time", entry.Time) + "}";
    }

    private static string Member(string name, long value) => value < 0 ? "" : ",\"" + name + "\":" + value.ToString();

    private static int WriteEscaped(byte[] buffer, int at, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        for (int i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] == '"' || bytes[i] == '\\')
            {
                buffer[at++] = (byte)'\\';
            }

            buffer[at++] = bytes[i];
        }

        return at;
    }

    private static int Write(byte[] buffer, int at, string ascii)
    {
        for (int i = 0; i < ascii.Length; i++)
        {
            buffer[at++] = (byte)ascii[i];
        }

        return at;
    }
}
