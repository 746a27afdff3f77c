using System;
using System.Text.Json;
using Springtail.Transfer;

namespace Springtail.Fuzz;

/// <summary>The JSON of an OFFER. What is taken is JSON to System.Text.Json too, and a string has the text that it has there.</summary>
internal static class JsonText
{
    private const int MostEntries = 16;

    public static void Run(ReadOnlySpan<byte> input)
    {
        byte[] message = [TransferMessage.Offer, .. input];
        Offer? offer = Offer.Read(message, message.Length, MostEntries);
        if (offer != null)
        {
            using JsonDocument document = Parse(message.AsMemory(1));
            JsonElement entries = document.RootElement.GetProperty("offer");
            if (entries.GetArrayLength() != offer.Count || entries[0].GetProperty("name").GetString() != offer.Entries[0].Name)
            {
                throw new FaultException("an offer is read otherwise than as it stands there");
            }
        }

        // A string alone, with all that the offer does not let through.
        JsonReader reader = new(message, 1, message.Length);
        string text = reader.ReadString(1000);
        if (reader.AtEnd)
        {
            using JsonDocument document = Parse(message.AsMemory(1));
            if (document.RootElement.GetString() != text)
            {
                throw new FaultException("a string is read otherwise than as it stands there");
            }
        }
    }

    public static byte[][] Seeds() =>
    [
        """{"first":0,"entries":2,"bytes":1003,"offer":[{"name":"a/b.txt","size":1000,"mode":420,"time":1792671081941},{"name":"x/"}]}"""u8.ToArray(),
        """ { "offer" : [ {"size":3, "name":"\u0078\/\ud83c\udf27\"é"} ] , "bytes":3,"entries":1,"first":0} """u8.ToArray(),
        """ "a\b\f\n\r\t\\\/\"\u00e9 é € 🌧 \ud83c\udf27" """u8.ToArray(),
    ];

    private static JsonDocument Parse(ReadOnlyMemory<byte> text)
    {
        try
        {
            return JsonDocument.Parse(text);
        }
        catch (JsonException e)
        {
            throw new FaultException("what is no JSON is taken: " + e.Message);
        }
    }
}
