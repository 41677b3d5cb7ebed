using System.Net;
using Microsoft.AspNetCore.Http;
using ReliableDownload.Api.Hashing;

namespace ReliableDownload.Api.Limiting;

/// <summary>
/// Has each client's requests for something expensive take turns, so that a client that asks for it many times at once waits behind itself and not others behind it. Holds
/// an entry for each client that has such a request. Thread-safe; one for all requests.
/// </summary>
internal sealed class ClientTurns
{
    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, Line> _lines = [];

    /// <summary>Waits until the client has nothing else of this kind in progress; to be disposed of.</summary>
    public async Task<IDisposable> WaitAsync(HttpContext context)
    {
        var client = DigestRequest.ClientOf(context.Connection.RemoteIpAddress);
        Line line;
        lock (_gate)
        {
            if (!_lines.TryGetValue(client, out line!))
                _lines[client] = line = new Line();
            line.Length++;
        }

        try
        {
            await line.Turn.WaitAsync(context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            Leave(client, line);
            throw;
        }

        return new Place(this, client, line);
    }

    private void Leave(IPAddress client, Line line)
    {
        lock (_gate)
        {
            if (--line.Length == 0)
                _lines.Remove(client);
        }
    }

    private sealed class Line
    {
        public SemaphoreSlim Turn { get; } = new(1);

        /// <summary>How many wait or have their turn; guarded by the owner's lock.</summary>
        public int Length { get; set; }
    }

    private sealed class Place(ClientTurns turns, IPAddress client, Line line) : IDisposable
    {
        public void Dispose()
        {
            line.Turn.Release();
            turns.Leave(client, line);
        }
    }
}
