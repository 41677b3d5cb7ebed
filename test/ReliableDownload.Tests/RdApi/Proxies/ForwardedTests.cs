using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Proxies;

/// <summary>Headers in which a proxy says for whom it asks: whom they are believed of, and what they change.</summary>
public sealed class ForwardedTests(LoggingServers servers) : IClassFixture<LoggingServers>, IDisposable
{
    private const string Peer = "127.0.0.1";
    private const string Trust = "--trusted-proxy 127.0.0.0/8";
    private const string Forwarded = "--trusted-proxy 127.0.0.1 --proxy-header forwarded";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("", "X-Forwarded-For: 203.0.113.7|X-Forwarded-Proto: https|X-Forwarded-Host: evil.example", Peer, "http://server/file")]
    [InlineData("--trusted-proxy 10.0.0.0/8", "X-Forwarded-For: 203.0.113.7|X-Forwarded-Host: evil.example", Peer, "http://server/file")]
    [InlineData(Trust, "X-Forwarded-For: 203.0.113.7|X-Forwarded-Proto: https|X-Forwarded-Host: files.example:8443", "203.0.113.7", "https://files.example:8443/file")]
    [InlineData(Trust, "X-Forwarded-For: 6.6.6.6, 203.0.113.7", "203.0.113.7", "http://server/file")]
    [InlineData(Trust, "X-Forwarded-For: 6.6.6.6|X-Forwarded-For: 203.0.113.7", "203.0.113.7", "http://server/file")]
    [InlineData("--trusted-proxy 127.0.0.1 --trusted-proxy 203.0.113.0/24", "X-Forwarded-For: 6.6.6.6, 203.0.113.7, 203.0.113.8", "6.6.6.6", "http://server/file")]
    [InlineData(Trust, "X-Forwarded-For: [2001:db8::7]:4711", "2001:db8::7", "http://server/file")]
    [InlineData(Trust, "X-Forwarded-For: nonsense", Peer, "http://server/file")]
    [InlineData(Trust, "Forwarded: for=203.0.113.7;host=evil.example", Peer, "http://server/file")]
    [InlineData(Forwarded, "X-Forwarded-For: 203.0.113.7|X-Forwarded-Host: evil.example", Peer, "http://server/file")]
    [InlineData(Forwarded, "Forwarded: for=203.0.113.7;proto=https;host=files.example", "203.0.113.7", "https://files.example/file")]
    [InlineData(Forwarded, "Forwarded: For = 203.0.113.7", Peer, "http://server/file")]
    [InlineData(Forwarded, "Forwarded: by=_x; FOR=\"[2001:db8::7]:4711\" ;Host=\"files.example:8443\"", "2001:db8::7", "http://files.example:8443/file")]
    [InlineData(Forwarded, "Forwarded: for=6.6.6.6;host=evil.example, for=203.0.113.7", "203.0.113.7", "http://server/file")]
    [InlineData(Forwarded, "Forwarded: for=6.6.6.6|Forwarded: for=203.0.113.7;proto=https", "203.0.113.7", "https://server/file")]
    [InlineData(Forwarded, "Forwarded: for=6.6.6.6, for=unknown;proto=https", Peer, "https://server/file")]
    [InlineData(Forwarded, "Forwarded: for=6.6.6.6, for=_hidden", Peer, "http://server/file")]
    [InlineData(Forwarded, "Forwarded: for=203.0.113.7;proto=gopher;host=\"a b<\"", "203.0.113.7", "http://server/file")]
    [InlineData(Forwarded, "Forwarded: for=\"203.0.113.7", Peer, "http://server/file")]
    [InlineData(Forwarded, "Forwarded: for=\"|Forwarded: for=203.0.113.7;host=files.example", "203.0.113.7", "http://files.example/file")]
    [InlineData(Forwarded, "Forwarded: for=\", for=203.0.113.7;host=files.example", "203.0.113.7", "http://files.example/file")]
    [InlineData(Forwarded, "Forwarded: a=1,b=2,c=3,d=4,e=5,f=6,g=7,h=8,i=9,j=10,k=11,l=12,m=13,n=14,o=15,p=16,q=17,r=18,s=19,t=20,u=21,v=22,w=23,x=24,y=25,z=26,a=27,b=28,c=29,d=30,e=31,f=32, for=203.0.113.7", "203.0.113.7", "http://server/file")]
    [InlineData(Forwarded, "Forwarded: for=6.6.6.6, by=\"a,b\";for=203.0.113.7", "203.0.113.7", "http://server/file")]
    [InlineData(Forwarded, "Forwarded: for=203.0.113.7;;;,,", "203.0.113.7", "http://server/file")]
    [InlineData(Forwarded, "Forwarded: =;=,\"", Peer, "http://server/file")]
    public async Task Only_the_chosen_header_of_a_trusted_proxy_counts(string options, string headers, string client, string url)
    {
        var server = await servers.StartAsync(options);
        var mark = $"{Guid.NewGuid():N}";
        await using var connection = await RawConnection.OpenAsync(server.BaseAddress);
        await connection.SendAsync($"GET /file?meta4&{mark} HTTP/1.1\r\nHost: server\r\nPrefer: wait=60\r\nConnection: close\r\n{headers.Replace("|", "\r\n")}\r\n\r\n");
        Assert.Equal(url, (await connection.ReadToEndAsync()).Split("<url")[1].Split('>', '<')[1]);
        Assert.Equal(client, await LoggingServers.ClientOfAsync(server, mark));
    }

    [Fact]
    public async Task Nginx_at_a_Unix_socket_says_who_the_client_is()
    {
        await using var server = await StartAsync("--trusted-proxy", "unix", "--listen", $"unix:{_folder["socket"]}");
        await using var nginx = await WebServer.NginxAsync($$"""
            location / {
              proxy_pass http://unix:{{_folder["socket"]}}:;
              proxy_set_header Host files.example;
              proxy_set_header X-Forwarded-For 203.0.113.7;
              proxy_set_header X-Forwarded-Proto https;
            }
            """);
        using var client = UnixClient.At($"{nginx.EndPoint}");
        Assert.Equal("content", await client.GetStringAsync("file"));
        Assert.Equal("203.0.113.7", await LoggingServers.ClientOfAsync(server, "/file"));
    }

    [Fact]
    public async Task Nginx_may_take_the_beginning_of_the_path_off()
    {
        Directory.CreateDirectory(_folder["sub"]);
        await using var server = await StartAsync("--listen", $"unix:{_folder["socket"]}");
        await using var nginx = await WebServer.NginxAsync($"location /files/ {{ proxy_pass http://unix:{_folder["socket"]}:/; }}");
        using var client = UnixClient.At($"{nginx.EndPoint}");
        using var response = await client.GetAsync("files/sub?simple");
        Assert.Equal("/files/sub/?simple", new Uri(response.RequestMessage!.RequestUri!, response.Headers.Location!).PathAndQuery);
        using var file = await client.GetAsync("files/file");
        Assert.Contains("<rd/file>", file.Headers.GetValues("Link").Single());
    }

    [Fact]
    public async Task At_a_Unix_socket_nobody_is_believed_unless_that_is_said()
    {
        await using var server = await StartAsync("--trusted-proxy", "127.0.0.1", "--listen", $"unix:{_folder["socket"]}");
        using var client = UnixClient.At(_folder["socket"]);
        client.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.7");
        await client.GetStringAsync("file");
        Assert.Null(await LoggingServers.ClientOfAsync(server, "/file"));
    }

    [Fact]
    public async Task Wrong_passwords_count_for_the_client_and_not_for_the_proxy()
    {
        File.WriteAllText(_folder["users"], $"ci:sha256:{new string('0', 64)}\n");
        await using var server = await StartAsync("--trusted-proxy", "127.0.0.1", "--auth-file", _folder["users"]);
        for (var tries = 0; tries < 10; tries++)
            Assert.Equal(401, await AskWithTokenAsync(server, "203.0.113.7"));
        Assert.Equal(429, await AskWithTokenAsync(server, "203.0.113.7"));
        Assert.Equal(401, await AskWithTokenAsync(server, "203.0.113.8"));
    }

    [Fact]
    public async Task The_connections_of_a_proxy_are_not_those_of_one_client()
    {
        await using var server = await StartAsync("--trusted-proxy", "127.0.0.1", "--max-connections-per-client", "1");
        await using var first = await RawConnection.OpenAsync(server.BaseAddress);
        Assert.EndsWith("content", await RawConnection.GetAsync(server.BaseAddress, "/file"));
    }

    [Theory]
    [InlineData("an address, a range", "--trusted-proxy", "10.0.0.0/40")]
    [InlineData("an address, a range", "--trusted-proxy", "proxy.example")]
    [InlineData("--trusted-proxy", "--proxy-header", "forwarded")]
    [InlineData("proxy-protocol", "--trusted-proxy", "unix", "--proxy-header", "x")]
    public Task What_cannot_be_is_2_and_one_sentence(string part, params string[] arguments) => RdApiProcess.RefusesAsync(part, [_folder.Path, .. arguments]);

    private Task<RdApiProcess> StartAsync(params string[] arguments)
    {
        File.WriteAllText(_folder["file"], "content");
        return RdApiProcess.StartAsync(_folder.Path, ["--access-log", "-", "--access-log-format", "json", .. arguments]);
    }

    private static async Task<int> AskWithTokenAsync(RdApiProcess server, string client)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "file");
        request.Headers.Add("X-Forwarded-For", client);
        request.Headers.Add("Authorization", "Bearer wrong");
        using var response = await server.Client.SendAsync(request);
        return (int)response.StatusCode;
    }
}
