using ReliableDownload.Client.Blocks;

namespace ReliableDownload.Client.Transfers;

/// <summary>
/// The connections of one transfer. Each thread starts when the tuner first wants it: idle ones would be woken with the others, which
/// doubles the context switches of a fast download (measured, loopback). One thread starts them.
/// </summary>
/// <param name="create">Makes a connection, given its number.</param>
internal sealed class FetchLoops(Func<int, FetchLoop> create, Transfer transfer, WholeBlocks whole) : IDisposable
{
    private readonly List<FetchLoop> _loops = [];

    /// <summary>Runs the connections that <paramref name="tuner"/> wants, until the transfer ends.</summary>
    public void Run(ConnectionTuner tuner, Scheduler scheduler, Session session)
    {
        try
        {
            BeginWanted(tuner);
            tuner.Run(transfer, session, () =>
            {
                BeginWanted(tuner);
                scheduler.Wake();
            });
        }
        finally
        {
            whole.EndConnection();
        }
    }

    public void Dispose() => _loops.ForEach(loop => loop.Dispose());

    private void BeginWanted(ConnectionTuner tuner)
    {
        while (_loops.Count < tuner.Wanted)
        {
            var loop = create(_loops.Count);
            _loops.Add(loop);
            whole.BeginConnection();
            try
            {
                transfer.Begin(loop.Run);
            }
            catch
            {
                whole.EndConnection();
                throw;
            }
        }
    }
}
