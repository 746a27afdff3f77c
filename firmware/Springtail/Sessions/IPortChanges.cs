namespace Springtail.Sessions;

/// <summary>A peer with so many ports that it tells what has changed, in place of all of them.</summary>
internal interface IPortChanges
{
    /// <summary>The next port that is to be opened, or closed, since the last call; false when there is none.</summary>
    bool TakePortChange(out int port, out bool opens);
}
