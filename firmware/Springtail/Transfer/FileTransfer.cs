namespace Springtail.Transfer;

/// <summary>Runs one side of a file transfer over a channel.</summary>
public static class FileTransfer
{
    // How long a side that has nothing to do waits for a message before it looks around, in ms.
    private const int LongestWait = 250;

    // More than a sender has under way when it learns that its receiver has broken off.
    private const int MostDropped = 1000;

    /// <summary>
    /// Does some work, or waits a moment for the peer. Call it until <see cref="TransferSide.IsOver"/>, then <see cref="Close"/>.
    /// </summary>
    /// <param name="channel">The channel.</param>
    /// <param name="side">This side of the transfer.</param>
    /// <param name="buffer">As for <see cref="TransferSide.Poll"/>; the channel must take messages of this size (<see cref="ChannelOptions.MaxMessageSize"/>).</param>
    public static void Step(Channel channel, TransferSide side, byte[] buffer)
    {
        int size = side.Poll(buffer);
        if (size > 0)
        {
            try
            {
                channel.Send(buffer, 0, size, true);
            }
            catch (SpringtailException)
            {
                // What the peer sent before the end, why it ended it perhaps, is still to be received.
            }
        }

        if (!side.TakesMessages)
        {
            return;
        }

        size = channel.Receive(buffer, size == TransferSide.Waits && !side.IsOver ? LongestWait : 0);
        if (size == Channel.Ended)
        {
            side.ChannelEnded();
        }
        else if (size >= 0)
        {
            side.Receive(buffer, size);
        }
    }

    /// <summary>Runs it to its end and closes the channel. True when it was complete and every file has arrived.</summary>
    public static bool Run(Channel channel, TransferSide side, byte[] buffer)
    {
        while (!side.IsOver)
        {
            Step(channel, side, buffer);
        }

        Close(channel, buffer);
        return side.IsDone && side.Failed == 0;
    }

    /// <summary>Tells a peer that its transfer does not begin, and closes the channel.</summary>
    /// <param name="channel">The channel, on which nothing was sent yet.</param>
    /// <param name="result">Why: a <see cref="TransferResult"/>.</param>
    /// <param name="buffer">As for <see cref="Step"/>.</param>
    public static void Refuse(Channel channel, int result, byte[] buffer)
    {
        try
        {
            channel.Send(new byte[] { TransferMessage.Cancel, (byte)result });
        }
        catch (SpringtailException)
        {
            // It has gone by itself.
        }

        Close(channel, buffer);
    }

    /// <summary>Closes the channel, once <see cref="TransferSide.IsOver"/>. What still comes is dropped: a peer that finds no room for it could not learn that it is over.</summary>
    public static void Close(Channel channel, byte[] buffer)
    {
        for (int i = 0; i < MostDropped && channel.Receive(buffer, LongestWait) >= 0; i++)
        {
        }

        channel.Close();
    }
}
