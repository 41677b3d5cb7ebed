using ReliableDownload.Api;

namespace ReliableDownload.Tests.RdApi;

public sealed class CommandLineTests
{
    private static readonly (string, string)[] AllVariables =
    [
        ("HOST", "::1"), ("PORT", "1"), ("WEB_ROOT", "/w"), ("BLOCK_SIZE", "64K"), ("WORKER", "3"), ("RD_API_CACHE", "/c"),
        ("REDIS_HOST", "r"), ("REDIS_PORT", "4"), ("CONGESTION_CONTROL", "reno"),
    ];

    private static readonly string[] AllFlags =
    [
        "-h", "::2", "-p", "5", "-d", "/v", "--block-size", "1M", "-w", "6", "--cache", "/d",
        "--redis-host", "q", "--redis-port", "7", "--congestion-control", "default",
    ];

    [Fact]
    public void The_defaults_are_those_of_the_documentation()
    {
        var options = Read([]);
        Assert.Equal(("::", 8082, 2 << 20, 2), (options.Host, options.Port, options.BlockSize, options.Workers));
        Assert.Equal(Environment.CurrentDirectory, options.WebRoot);
        Assert.EndsWith("/rd-api/digests.db", options.CacheFile);
        Assert.Null(options.Redis);
        Assert.Null(options.CongestionControl);
        Assert.False(options.ShowHidden);
        Assert.False(options.Verbose);
    }

    [Fact]
    public void The_environment_wins_over_the_default() =>
        Assert.Equal(("::1", 1, "/w", 65536, 3, "/c", "Redis at r:4", "reno"), Values(Read([], AllVariables)));

    [Fact]
    public void A_flag_wins_over_the_environment() =>
        Assert.Equal(("::2", 5, "/v", 1 << 20, 6, "/d", "Redis at q:7", "default"), Values(Read(AllFlags, AllVariables)));

    [Fact]
    public void A_flag_with_the_value_of_the_default_wins_over_the_environment() =>
        Assert.Equal(8082, Read(["-p", "8082"], ("PORT", "1")).Port);

    [Fact]
    public void A_broken_variable_does_no_harm_behind_a_flag() => Assert.Equal(1, Read(["-p", "1"], ("PORT", "x")).Port);

    [Fact]
    public void An_empty_variable_is_none() => Assert.Equal(8082, Read([], ("PORT", "")).Port);

    [Theory]
    [InlineData("2M", 2 << 20)]
    [InlineData("512k", 512 << 10)]
    [InlineData("65536", 65536)]
    [InlineData("64M", 64 << 20)]
    [InlineData("100000", 100000)]
    public void Block_sizes_are_bytes_or_have_a_unit(string text, int size) => Assert.Equal(size, Read(["--block-size", text]).BlockSize);

    [Theory]
    [InlineData("--block-size", "65535")]
    [InlineData("--block-size", "65M")]
    [InlineData("--block-size", "9223372036854775807M")]
    [InlineData("--block-size", "M")]
    [InlineData("--block-size", "-2M")]
    [InlineData("--block-size", "2G")]
    [InlineData("--port", "65536")]
    [InlineData("--port", "-1")]
    [InlineData("--port", "1.5")]
    [InlineData("--worker", "0")]
    [InlineData("--redis-port", "0")]
    [InlineData("--host", "")]
    [InlineData("--web-root", "")]
    [InlineData("--congestion-control", "")]
    public void A_value_that_cannot_be_is_refused_by_name(string option, string value) =>
        Assert.Contains(option, Assert.Throws<UsageException>(() => Read([option, value])).Message);

    [Fact]
    public void A_variable_that_cannot_be_is_refused_by_name() =>
        Assert.Contains("variable BLOCK_SIZE", Assert.Throws<UsageException>(() => Read([], ("BLOCK_SIZE", "x"))).Message);

    [Theory]
    [InlineData("*", "::")]
    [InlineData("*4", "0.0.0.0")]
    [InlineData("!4", "0.0.0.0")]
    [InlineData("*6", "::")]
    public void The_hosts_of_1_7_keep_their_meaning(string host, string address)
    {
        Assert.Equal(address, Read(["--host", host]).Host);
        Assert.Equal(address, Read([], ("HOST", host)).Host);
    }

    [Theory]
    [InlineData("--host", "!6", "give an IPv6 address")]
    [InlineData("--worker", "0", "omit the option")]
    [InlineData("--block-size", "1K", "from 64K to 64M")]
    [InlineData("--block-size", "100M", "choose the nearest")]
    public void What_1_7_took_and_this_does_not_is_refused_with_its_replacement(string option, string value, string advice) =>
        Assert.Contains(advice, Assert.Throws<UsageException>(() => Read([option, value])).Message);

    [Fact]
    public void A_port_of_Redis_alone_means_Redis_on_this_machine()
    {
        Assert.Equal(("127.0.0.1", 6379), Redis(Read(["--redis-port", "6379"])));
        Assert.Equal(("127.0.0.1", 7), Redis(Read([], ("REDIS_PORT", "7"))));
        Assert.Equal(("q", 7), Redis(Read(["--redis-host", "q"], ("REDIS_PORT", "7"))));
        static (string?, int) Redis(RdApiOptions options) => options.Redis is { Hosts: [var (host, port)] } ? (host, port) : (null, 0);
    }

    [Theory]
    [InlineData("--nope")]
    [InlineData("argument")]
    [InlineData("[nonsense]")]
    [InlineData("[diagram]")]
    [InlineData("[env:PORT=1]")]
    [InlineData("--port")]
    public void What_is_no_option_is_refused(string argument) => Assert.Throws<UsageException>(() => Read([argument]));

    [Theory]
    [InlineData("--prot", "did you mean --port?")]
    [InlineData("--webroot", "did you mean --web-root?")]
    [InlineData("big.iso", "neither a folder nor a file")]
    public void What_is_no_option_is_answered_with_what_was_probably_meant(string argument, string advice) =>
        Assert.Contains(advice, Assert.Throws<UsageException>(() => Read([argument])).Message);

    private static (string, int, string, int, int, string, string?, string?) Values(RdApiOptions of) =>
        (of.Host, of.Port, of.WebRoot, of.BlockSize, of.Workers, of.CacheFile, of.Redis?.Name, of.CongestionControl);

    private static RdApiOptions Read(string[] arguments, params (string Name, string Value)[] environment) =>
        new CommandLine().Read(arguments, name => environment.FirstOrDefault(variable => variable.Name == name).Value)!;
}
