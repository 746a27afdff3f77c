using System;
using System.Text;
using System.Threading;
using nanoFramework.Networking;
using Springtail;

namespace SendReading
{
    /// <summary>Sends a reading every ten seconds to "springtail listen", and begins again when the session ends.</summary>
    public class Program
    {
        // Of your own: the network, the computer that listens, and the key that "springtail keygen" made, as hex.
        private const string Network = "my network";
        private const string Password = "its password";
        private const string Listener = "192.168.1.20";
        private const string Psk = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

        public static void Main()
        {
            while (true)
            {
                try
                {
                    // The channel needs the time: the helper returns once a time server has set it.
                    if (WifiNetworkHelper.ConnectDhcp(Network, Password, requiresDateTime: true, token: new CancellationTokenSource(60000).Token))
                    {
                        Send();
                    }
                    else
                    {
                        Console.WriteLine("no network: " + WifiNetworkHelper.Status.ToString());
                    }
                }
                catch (SpringtailException e)
                {
                    Console.WriteLine(e.Message);
                }

                Thread.Sleep(10000);
            }
        }

        private static void Send()
        {
            byte[] answer = new byte[1024];
            using (Channel channel = Channel.Connect(Listener, new ChannelOptions { Psk = FromHex(Psk), MaxMessageSize = answer.Length }))
            {
                while (channel.IsOpen)
                {
                    channel.Send(Encoding.UTF8.GetBytes("up " + (Environment.TickCount64 / 1000).ToString() + " s"));
                    int size = channel.Receive(answer, 10000);
                    if (size >= 0)
                    {
                        Console.WriteLine("heard: " + Encoding.UTF8.GetString(answer, 0, size));
                    }
                }
            }
        }

        private static byte[] FromHex(string digits)
        {
            byte[] bytes = new byte[digits.Length / 2];
            for (int i = 0; i < bytes.Length; i++)
            {
                bytes[i] = Convert.ToByte(digits.Substring(2 * i, 2), 16);
            }

            return bytes;
        }
    }
}
