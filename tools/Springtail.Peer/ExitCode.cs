namespace Springtail.Peer;

/// <summary>What the process returns. Listed in the help.</summary>
internal static class ExitCode
{
    public const int Success = 0;
    public const int Fault = 1;
    public const int Usage = 2;
    public const int File = 3;
    public const int NoHandshake = 4;
    public const int SessionLost = 5;
    public const int Network = 6;
    public const int VectorsDiffer = 7;
    public const int NoSharedPsk = 8;
    public const int FilesMissing = 9;
    public const int Interrupted = 130;

    public const string Help = """
        Exit codes:
            0  all went well
            1  a fault in springtail itself
            2  the command line is wrong
            3  a file is missing, refused or not of the form expected, or stdout cannot be written
            4  no handshake succeeded, no sender was found, the token is dead, or no answer to a discovery
            5  the session was lost, or messages were not acknowledged
            6  no port could be opened, or the host is not known
            7  the vectors differ from what was computed
            8  the peer holds none of the keys
            9  not all files were transferred, or none at all; what was is kept
          130  interrupted before there was a session, or twice, so that it was not closed in order
        """;
}
