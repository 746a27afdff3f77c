namespace Springtail.Transport;

/// <summary>A transport that can let datagrams that go the same way wait for each other.</summary>
internal interface IHoldingTransport
{
    /// <summary>What is sent from now on waits for <see cref="Release"/>, or for so much that it need not.</summary>
    void Hold();

    /// <summary>Sends what has waited since <see cref="Hold"/>.</summary>
    void Release();
}
