using System.Net;
using System.Runtime.InteropServices;

namespace ReliableDownload.Api.Search;

/// <summary>How many more searches may run, in all and for each client: reading folders is what a stranger can make cost most. Thread-safe.</summary>
internal sealed class SearchRoom
{
    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, int> _running = [];
    private int _count;

    public bool TryEnter(IPAddress client)
    {
        lock (_gate)
        {
            if (_count == Limits.Searches || _running.GetValueOrDefault(client) == Limits.SearchesOfClient)
                return false;
            CollectionsMarshal.GetValueRefOrAddDefault(_running, client, out _)++;
            _count++;
            return true;
        }
    }

    public void Leave(IPAddress client)
    {
        lock (_gate)
        {
            _count--;
            if (--CollectionsMarshal.GetValueRefOrNullRef(_running, client) == 0)
                _running.Remove(client);
        }
    }
}
