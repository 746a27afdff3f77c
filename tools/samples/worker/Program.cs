using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Springtail;
using Springtail.Hosting;

// Readings of many boards, each with a key of its own in the folder --Springtail:KeyFolder. Ctrl+C closes all channels in order.
HostApplicationBuilder builder = Host.CreateApplicationBuilder(args);
builder.Services.AddSpringtailListener().Handle<Readings>();
builder.Services.AddHealthChecks().AddSpringtailListener();
builder.Build().Run();

/// <summary>Logs what boards send, and answers each reading with its number.</summary>
internal sealed class Readings(ILogger<Readings> logger) : IChannelHandler
{
    private int _count;

    public Task ConnectedAsync(Channel channel, CancellationToken cancellationToken)
    {
        logger.LogInformation("{Board} is here, from {Address}", channel.Status.KeyName, channel.Status.PeerEndPoint.Address);
        return Task.CompletedTask;
    }

    public async Task ReceivedAsync(Channel channel, ChannelMessage message, CancellationToken cancellationToken)
    {
        int number = Interlocked.Increment(ref _count);
        logger.LogInformation("{Board}: {Reading}", channel.Status.KeyName, Encoding.UTF8.GetString(message.Data.Span));
        await channel.SendAsync(Encoding.UTF8.GetBytes($"reading {number} taken"), cancellationToken);
    }

    public Task EndedAsync(Channel channel, ChannelStatus status)
    {
        logger.LogInformation("{Board} is gone: {Reason}", status.KeyName, status.EndReason);
        return Task.CompletedTask;
    }
}
