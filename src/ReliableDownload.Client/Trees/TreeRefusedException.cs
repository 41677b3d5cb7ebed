using ReliableDownload.Client.Network;

namespace ReliableDownload.Client.Trees;

/// <summary>The server answered, but with something else than was asked for.</summary>
internal sealed class TreeRefusedException(AttemptFailure failure) : Exception(failure.Message)
{
    public AttemptFailure Failure => failure;
}
