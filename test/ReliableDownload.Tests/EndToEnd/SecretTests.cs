using System.Security.Cryptography;
using System.Text;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.EndToEnd;

/// <summary>What lets the user in goes to the server that it is for. It is in nothing that rd prints, leaves on disk or sends to others.</summary>
public sealed class SecretTests : IAsyncDisposable
{
    // All that nginx can tell of what could hold a secret.
    private const string Log =
        "log_format seen '$request|$http_authorization|$http_x_key|$http_cookie|$http_referer|$http_user_agent|$args|$remote_user|$http_proxy_authorization';";

    private static readonly string[] Secrets = ["s3cret-header", "s3cret-cookie", "s3cret-password", "s3cret-token", "s3cret-netrc", "s3cret-url"];

    private readonly TempFolder _folder = new();
    private readonly TempFolder _own = new();
    private readonly Stack<IAsyncDisposable> _servers = new();
    private bool _isSlow = true;

    [Theory]
    [InlineData("-H|X-Key: s3cret-header|-H|Cookie: s3cret-cookie|--user|me:s3cret-password", "s3cret-header", "s3cret-cookie", "me:s3cret-password")]
    [InlineData("--header=X-Key: s3cret-header|-HCookie: s3cret-cookie|--bearer-file|TOKEN", "s3cret-header", "s3cret-cookie", "Bearer s3cret-token")]
    [InlineData("--netrc", "me:s3cret-netrc")]
    [InlineData("url", "me:s3cret-url")]
    public async Task Only_the_server_that_it_is_for_learns_it(string given, params string[] sent)
    {
        Directory.CreateDirectory(_own["root"]);
        var content = SampleFile.Create(_own["root/big.bin"], 4 << 20);
        await File.WriteAllTextAsync(_own["token"], "s3cret-token\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_own["netrc"], "machine 127.0.0.1 login me password s3cret-netrc\ndefault login me password s3cret-netrc\n", TestContext.Current.CancellationToken);
        var behind = await StartAsync("behind", $"root {_own["root"]};");
        var front = await StartAsync("front", $"return 302 {behind}$request_uri;");
        var url = $"{(given == "url" ? front.Replace("//", "//me:s3cret-url@", StringComparison.Ordinal) : front)}/big.bin";
        string[] arguments = ["-v", .. given == "url" ? [] : given.Replace("TOKEN", _own["token"], StringComparison.Ordinal).Split('|'), url];

        await using var first = Start(arguments);
        await Eventually.IsTrueAsync(() => File.Exists(_folder[".blocks/big.bin/data"]), "something is there");
        first.Send(Signal.Interrupt);
        var stopped = await first.EndAsync();
        var kept = ReadAll();
        _isSlow = false;
        await using var second = Start(arguments);
        var end = await second.EndAsync();

        Assert.Equal((130, 13), (stopped.ExitCode, end.ExitCode));
        Assert.Equal(content, await File.ReadAllBytesAsync(_folder["big.bin"], TestContext.Current.CancellationToken));
        Assert.Contains("run this in the same folder: ", stopped.Error);
        var seen = await LogAsync("behind", "GET /big.bin");
        var told = await LogAsync("front", "GET /big.bin");
        Assert.All(sent, secret => Assert.Contains(secret.StartsWith("me:", StringComparison.Ordinal) ? $"Basic {Encoded(secret)}" : secret, told));
        var all = string.Join('\n', stopped.Error, stopped.Output, end.Error, end.Output, kept, seen);
        Assert.All(Secrets, secret => Assert.DoesNotContain(secret, all));
        Assert.All(sent, secret => Assert.DoesNotContain(Encoded(secret), all));
        Assert.DoesNotContain("Basic", all);
    }

    [Theory]
    [InlineData(true, "URL/big.meta4")]
    [InlineData(false, "FILE")]
    [InlineData(true, "verify", "--repair", "big.bin", "--from", "URL/big.meta4")]
    public async Task A_server_that_only_a_Metalink_names_does_not_learn_it(bool isFetched, params string[] arguments)
    {
        _isSlow = false;
        Directory.CreateDirectory(_own["root"]);
        var content = SampleFile.Create(_own["root/big.bin"], 300_000);
        if (arguments.Length > 1)
            await File.WriteAllBytesAsync(_folder["big.bin"], new byte[content.Length], TestContext.Current.CancellationToken);
        var front = await StartAsync("front", $"root {_own["root"]};");
        var behind = await StartAsync("behind", $"root {_own["root"]};");
        await File.WriteAllTextAsync(
            _own["root/big.meta4"],
            $"<metalink><file name='big.bin'><size>{content.Length}</size><hash type='sha-256'>{Convert.ToHexStringLower(SHA256.HashData(content))}</hash><url>{behind}/big.bin</url></file></metalink>",
            TestContext.Current.CancellationToken);

        var given = arguments.Select(argument => argument.Replace("URL", front, StringComparison.Ordinal).Replace("FILE", _own["root/big.meta4"], StringComparison.Ordinal));
        await using var rd = Start([.. given, "--user", "me:s3cret-password", "-H", "X-Key: s3cret-header"]);
        var end = await rd.EndAsync();

        Assert.True(end.ExitCode == 0, end.Error);
        Assert.Equal(content, await File.ReadAllBytesAsync(_folder["big.bin"], TestContext.Current.CancellationToken));
        var seen = await LogAsync("behind", "GET /big.bin");
        Assert.Equal(isFetched, (await LogAsync("front", isFetched ? "s3cret-header" : "")).Contains("s3cret-header", StringComparison.Ordinal));
        Assert.DoesNotContain("s3cret", seen);
        Assert.DoesNotContain("Basic", seen);
        Assert.Equal(arguments.Length == 1, end.Error.Contains("is named by the Metalink alone", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_password_is_asked_for_on_the_terminal_and_not_shown()
    {
        Directory.CreateDirectory(_own["root"]);
        await File.WriteAllTextAsync(_own["root/f"], "hello", TestContext.Current.CancellationToken);
        var front = await StartAsync("front", $"root {_own["root"]};");
        // script(1) is the terminal, and what it is told is what is typed.
        await using var shell = ProcessRunner.Start(
            "/bin/sh", ["-c", "{ until grep -q Password typescript 2>/dev/null; do sleep 0.02; done; echo s3cret-password; } | script -q -f -e -c \"exec $0 -v --allow-unproven --user me $1 </dev/null\" typescript", ProcessRunner.PathOf("rd"), $"{front}/f"],
            _folder.Path);
        var end = await shell.EndAsync();

        Assert.True(end.ExitCode == 0, end.Error + end.Output);
        Assert.Contains("Password of me:", end.Output);
        Assert.DoesNotContain("s3cret", end.Output + end.Error);
        Assert.DoesNotContain("s3cret", await File.ReadAllTextAsync(_folder["typescript"], TestContext.Current.CancellationToken));
        await LogAsync("front", Encoded("me:s3cret-password"));
    }

    [Fact]
    public async Task A_control_character_in_what_is_typed_is_said_to_be_one()
    {
        await using var shell = ProcessRunner.Start(
            "/bin/sh", ["-c", "{ until grep -q Password typescript 2>/dev/null; do sleep 0.02; done; printf 's3cret\\033[A\\n'; } | script -q -f -e -c \"exec $0 --user me http://127.0.0.1:1/f </dev/null\" typescript", ProcessRunner.PathOf("rd")],
            _folder.Path);
        var end = await shell.EndAsync();

        Assert.Equal(2, end.ExitCode);
        Assert.Contains("control characters", end.Output);
        Assert.DoesNotContain("s3cret", end.Output + end.Error);
    }

    [Fact]
    public async Task Where_there_is_no_terminal_to_ask_on_rd_says_what_else_to_do()
    {
        await using var shell = ProcessRunner.Start("/usr/bin/env", ["setsid", "--wait", ProcessRunner.PathOf("rd"), "--user", "me", "http://127.0.0.1:1/f"], _folder.Path);
        var end = await shell.EndAsync();
        Assert.Equal((3, true), (end.ExitCode, end.Error.Contains("there is no terminal to ask for the password on; give --user NAME:PASSWORD")));
    }

    [Fact]
    public async Task Files_of_secrets_that_cannot_be_used_are_named_without_what_is_in_them()
    {
        await File.WriteAllTextAsync(_own["token"], "s3cret token", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_own["netrc"], "machine h\nlogin me passwort s3cret", TestContext.Current.CancellationToken);

        Assert.Contains("should have one token", await RefusedAsync("--bearer-file", _own["token"]));
        Assert.Contains("there is no file 'none'", await RefusedAsync("--bearer-file", "none"));
        Assert.Contains("is not a netrc file: line 2", await RefusedAsync("--netrc"));
        File.Delete(_own["netrc"]);
        Assert.Contains("there is no file", await RefusedAsync("--netrc"));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
            await server.DisposeAsync();
        _own.Dispose();
        _folder.Dispose();
    }

    /// <summary>The log of a server, once this is in it: nginx writes a line when it has answered.</summary>
    private async Task<string> LogAsync(string name, string part)
    {
        var log = "";
        await Eventually.IsTrueAsync(
            async () => (log = await File.ReadAllTextAsync(_own[name], TestContext.Current.CancellationToken)).Contains(part, StringComparison.Ordinal), $"{part} is in the log of {name}");
        return log;
    }

    private static string Encoded(string pair) => Convert.ToBase64String(Encoding.UTF8.GetBytes(pair));

    private ProcessRunner Start(params string[] arguments) => ProcessRunner.Start("rd", arguments, _folder.Path, ("NETRC", _own["netrc"]));

    private async Task<string> RefusedAsync(params string[] arguments)
    {
        await using var rd = Start([.. arguments, "http://127.0.0.1:1/f"]);
        var end = await rd.EndAsync();
        Assert.Equal(3, end.ExitCode);
        Assert.DoesNotContain("s3cret", end.Error);
        return end.Error;
    }

    private string ReadAll() =>
        string.Join('\n', Directory.EnumerateFileSystemEntries(_folder.Path, "*", SearchOption.AllDirectories).Select(path => File.Exists(path) ? path + Encoding.Latin1.GetString(File.ReadAllBytes(path)) : path));

    /// <returns>The server's URL, without a slash at the end.</returns>
    private async Task<string> StartAsync(string name, string server)
    {
        var nginx = await WebServer.NginxAsync($"{server} access_log {_own[name]} seen;", Log);
        _servers.Push(nginx);
        var line = Relay.To(nginx.EndPoint, _ => _isSlow && name == "behind" ? new RelayScript { BytesPerSecond = 1_000_000 } : RelayScript.Clean);
        _servers.Push(line);
        return line.Through(new Uri("http://127.0.0.1/")).AbsoluteUri.TrimEnd('/');
    }
}
