using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi;

/// <summary>A folder with a server, for all tests of a class: each makes files of its own there.</summary>
public sealed class ServedFolder : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private RdApiProcess? _server;

    internal string Path => _folder.Path;

    internal RdApiProcess Server => _server!;

    internal string this[string name] => _folder[name];

    public async ValueTask InitializeAsync() => _server = await RdApiProcess.StartAsync(_folder.Path);

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>A file of a name of its own, last modified in 2001, so that no test depends on the clock.</summary>
    internal string CreateFile(string content)
    {
        var name = Guid.NewGuid().ToString("N");
        File.WriteAllText(_folder[name], content);
        File.SetLastWriteTimeUtc(_folder[name], new DateTime(2001, 2, 3, 4, 5, 6, 700, DateTimeKind.Utc));
        return name;
    }

    /// <param name="method">GET, HEAD or another.</param>
    /// <param name="target">Below the root.</param>
    /// <param name="headers">Each as <c>Name: value</c>, sent as they are.</param>
    internal async Task<HttpResponseMessage> AskAsync(string method, string target, params string[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), target);
        foreach (var header in headers)
            Assert.True(request.Headers.TryAddWithoutValidation(header.Split(": ")[0], header.Split(": ")[1]));
        return await Server.Client.SendAsync(request);
    }
}
