// Connects to "springtail listen --psk-file FILE --echo", sends a line and shows what comes back: minimal HOST FILE LINE
using System.Text;
using Springtail;

ChannelOptions options = new() { Psk = PskFile.Read(args[1]) };
await using Channel channel = await Channel.ConnectAsync(args[0], options);
await channel.SendAsync(Encoding.UTF8.GetBytes(args[2]));
ReceiveResult result = await channel.ReceiveAsync(new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token);
Console.WriteLine(Encoding.UTF8.GetString(result.Message.Data.Span));
