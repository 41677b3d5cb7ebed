namespace ReliableDownload.Tests.Support;

/// <summary>A server that answers the first range requests and keeps the others waiting until it is told to go on.</summary>
internal sealed class HoldingServer : IAsyncDisposable
{
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ScriptedServer _server;

    private HoldingServer(ScriptedServer server) => _server = server;

    public Uri Url => _server.Url;

    public byte[] Content => _server.Content;

    public bool IsAsked => _server.RangeRequests > 0;

    /// <param name="answered">How many range requests are answered at once.</param>
    public static async Task<HoldingServer> StartAsync(int answered)
    {
        // 40 blocks and a bit: more than a few requests fetch.
        var server = new HoldingServer(await ScriptedServer.StartAsync(ScriptedServer.RandomBytes(2_700_000)));
        server._server.OnRange = async (context, number) =>
        {
            if (number >= answered)
                await server._released.Task.WaitAsync(context.RequestAborted);
            return false;
        };
        return server;
    }

    public void Release() => _released.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        Release();
        await _server.DisposeAsync();
    }
}
