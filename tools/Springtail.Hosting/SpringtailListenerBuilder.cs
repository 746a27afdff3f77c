using System;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Springtail.Hosting;

/// <summary>Says what a hosted listener does with its channels.</summary>
public sealed class SpringtailListenerBuilder
{
    internal SpringtailListenerBuilder(IServiceCollection services)
    {
        Services = services;
    }

    /// <summary>The host's services.</summary>
    public IServiceCollection Services { get; }

    /// <summary>Lets a class handle the channels: one instance of it, made by the host.</summary>
    /// <typeparam name="THandler">The class.</typeparam>
    public SpringtailListenerBuilder Handle<THandler>()
        where THandler : class, IChannelHandler
    {
        Services.Replace(ServiceDescriptor.Singleton<IChannelHandler, THandler>());
        return this;
    }

    /// <summary>Lets a function handle each message.</summary>
    /// <param name="handler">As <see cref="IChannelHandler.ReceivedAsync"/>.</param>
    public SpringtailListenerBuilder Handle(Func<Channel, ChannelMessage, CancellationToken, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Services.Replace(ServiceDescriptor.Singleton<IChannelHandler>(new FunctionHandler(handler)));
        return this;
    }

    private sealed class FunctionHandler(Func<Channel, ChannelMessage, CancellationToken, Task> handler) : IChannelHandler
    {
        public Task ReceivedAsync(Channel channel, ChannelMessage message, CancellationToken cancellationToken) => handler(channel, message, cancellationToken);
    }
}
