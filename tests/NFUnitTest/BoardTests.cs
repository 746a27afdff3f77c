#nullable disable
using System;
using nanoFramework.TestFramework;
using Springtail.Device;
using Springtail.Transport;

namespace NFUnitTest;

/// <summary>What the application for a board does with its files.</summary>
[TestClass]
public class BoardTests
{
    private const string Good = "host = 192.0.2.1\nports = 2000-2999\ninterval = 60\nname = cellar\n";

    [TestMethod]
    public void SettingsAndKey()
    {
        Files files = new Files { Key = Ascii("00112233445566778899aabbccddeeff"), Settings = Ascii(Good) };
        Problems problems = new Problems();
        Settings settings = SettingsReader.Read(files, problems);
        Assert.AreEqual(0, problems.Count);
        Assert.AreEqual(16, settings.Psk.Length);
        Assert.AreEqual("192.0.2.1", settings.Host);
        Assert.AreEqual(2000, settings.PortMin);
        Assert.AreEqual(1000, settings.PortCount);
        Assert.AreEqual(60, settings.Interval);
        Assert.AreEqual("cellar", settings.Name);
    }

    [TestMethod]
    public void FilesOfRandomBytesGiveSentences()
    {
        TestRandom random = new TestRandom(71);
        for (int i = 0; i < 60; i++)
        {
            Files files = new Files { Key = new byte[random.Below(80)], Settings = new byte[random.Below(600)] };
            random.Fill(files.Key, 0, files.Key.Length);
            random.Fill(files.Settings, 0, files.Settings.Length);
            Problems problems = new Problems();
            SettingsReader.Read(files, problems);

            // No host is among them, at the least.
            Assert.IsTrue(problems.Count > 0);
            AssertSentences(problems);
        }
    }

    [TestMethod]
    public void OneWrongByteIsNoFault()
    {
        TestRandom random = new TestRandom(72);
        for (int i = 0; i < 60; i++)
        {
            Files files = new Files { Key = Ascii("00112233445566778899aabbccddeeff"), Settings = Ascii(Good) };
            Damage(files.Key, random);
            Damage(files.Settings, random);
            Problems problems = new Problems();
            SettingsReader.Read(files, problems);
            AssertSentences(problems);
        }
    }

    private static void Damage(byte[] bytes, TestRandom random)
    {
        int at = (int)random.Below((uint)bytes.Length);
        bytes[at] = (byte)random.Below(256);
    }

    private static void AssertSentences(Problems problems)
    {
        for (int i = 0; i < problems.Count; i++)
        {
            string sentence = problems[i];
            Assert.IsTrue(sentence.Length < 400 && sentence[sentence.Length - 1] == '.');
            for (int k = 0; k < sentence.Length; k++)
            {
                Assert.IsTrue(sentence[k] >= ' ' && sentence[k] <= '~');
            }
        }
    }

    private static byte[] Ascii(string text)
    {
        byte[] bytes = new byte[text.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)text[i];
        }

        return bytes;
    }

    // A board of which there are only its files.
    private sealed class Files : IBoard
    {
        public byte[] Key { get; set; }

        public byte[] Settings { get; set; }

        public long Now => throw new NotSupportedException();

        public long SystemUtc => throw new NotSupportedException();

        public bool IsOnline => throw new NotSupportedException();

        public ISnapshotStore Snapshots => throw new NotSupportedException();

        public byte[] ReadFile(string path, int limit) => path == SettingsReader.PskPath ? Key : Settings;

        public void Sleep(int time) => throw new NotSupportedException();

        public string Join() => throw new NotSupportedException();

        public void AskTimeServer(string host) => throw new NotSupportedException();

        public IDatagramTransport OpenTransport() => throw new NotSupportedException();

        public void DeepSleep(int seconds) => throw new NotSupportedException();

        public string Measure() => throw new NotSupportedException();

        public string MeasureJson() => throw new NotSupportedException();

        public void Show(DeviceState state) => throw new NotSupportedException();

        public void Log(string line) => throw new NotSupportedException();
    }
}
