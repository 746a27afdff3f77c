namespace Springtail.Delivery;

/// <summary>The congestion window in packets (RFC 5681): from 4, slow start, halved on loss, 1 after a timer ended.</summary>
internal sealed class Congestion
{
    private const int Initial = 4;
    private const int Limit = 65535;

    private int _threshold = Limit;
    private int _acknowledged;

    /// <summary>How many packets may be unacknowledged.</summary>
    public int Window { get; private set; } = Initial;

    /// <summary>A packet was acknowledged while the window was in use.</summary>
    public void Acknowledged()
    {
        if (Window >= Limit)
        {
            return;
        }

        if (Window < _threshold)
        {
            Window++;
            return;
        }

        _acknowledged++;
        if (_acknowledged >= Window)
        {
            _acknowledged = 0;
            Window++;
        }
    }

    /// <summary>A packet was lost; call once for the losses of one round trip.</summary>
    public void Lost(int inFlight)
    {
        SetThreshold(inFlight);
        Window = _threshold;
    }

    /// <summary>The retransmission timer ended.</summary>
    public void TimedOut(int inFlight)
    {
        SetThreshold(inFlight);
        Window = 1;
    }

    private void SetThreshold(int inFlight)
    {
        _threshold = inFlight / 2 < 2 ? 2 : inFlight / 2;

        // The half packet of an odd number is half the way to the next.
        _acknowledged = inFlight % 2 * (_threshold / 2);
    }
}
