using System.Threading;
using System.Threading.Tasks;

namespace Springtail.Hosting;

/// <summary>
/// What an application does with the channels of a hosted listener. One handler serves all of them; the events of each channel come one at a time, in order.
/// </summary>
/// <remarks>
/// An exception that a handler throws is logged and counted, and the channel goes on. While a handler works on a message, the next one of the same channel waits,
/// in the end at the peer, whose window closes; other channels do not wait.
/// </remarks>
public interface IChannelHandler
{
    /// <summary>A peer has connected.</summary>
    /// <param name="channel">Its channel; <see cref="ChannelStatus.KeyName"/> of its status says whose key it holds.</param>
    /// <param name="cancellationToken">Cancelled when the host will not wait any longer.</param>
    Task ConnectedAsync(Channel channel, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>A message has come.</summary>
    /// <param name="channel">From whom.</param>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">Cancelled when the host will not wait any longer, or after <see cref="SpringtailListenerOptions.HandlerTimeout"/>.</param>
    Task ReceivedAsync(Channel channel, ChannelMessage message, CancellationToken cancellationToken);

    /// <summary>The channel has ended, and all of its messages were handled.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="status">How it ended.</param>
    Task EndedAsync(Channel channel, ChannelStatus status) => Task.CompletedTask;
}
