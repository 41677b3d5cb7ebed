using System.Net;
using Microsoft.AspNetCore.Http;
using ReliableDownload.Api.Hashing;

namespace ReliableDownload.Api.Limiting;

/// <summary>How many answers of a kind that is expensive there may be at a time, in all and for each client: what a stranger can make cost most. Thread-safe; one for all requests.</summary>
/// <param name="most">In all.</param>
/// <param name="mostOfClient">For one client.</param>
internal sealed class AnswerSlots(int most, int mostOfClient)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, int> _ofClient = [];
    private int _taken;

    /// <summary>A place for an answer, to be disposed of; null if there is none now.</summary>
    public IDisposable? TryTake(HttpContext context)
    {
        var client = DigestRequest.ClientOf(context.Connection.RemoteIpAddress);
        lock (_gate)
        {
            var own = _ofClient.GetValueOrDefault(client);
            if (_taken == most || own == mostOfClient)
                return null;
            _taken++;
            _ofClient[client] = own + 1;
        }

        return new Slot(this, client);
    }

    private void Return(IPAddress client)
    {
        lock (_gate)
        {
            _taken--;
            if (--_ofClient[client] == 0)
                _ofClient.Remove(client);
        }
    }

    private sealed class Slot(AnswerSlots slots, IPAddress client) : IDisposable
    {
        private int _isReturned;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isReturned, 1) == 0)
                slots.Return(client);
        }
    }
}
