using ReliableDownload.Api.Cache;
using ReliableDownload.Api.Fleet;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Protocol;
using ReliableDownload.Tests.Support;
using StackExchange.Redis;

namespace ReliableDownload.Tests.RdApi.Fleet;

/// <summary>What one of a fleet does when others do not do their part, or it cannot do its own.</summary>
public sealed class FleetMemberTests : IAsyncLifetime
{
    private readonly TempFolder _root = new();
    private RedisServer? _redis;
    private FleetMember? _one;
    private FleetMember? _other;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private RedisServer Redis => _redis!;

    private FleetMember One => _one!;

    /// <summary>Does only what the test says.</summary>
    private FleetMember Other => _other!;

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        (_one, _other) = (new FleetMember(_redis, _root), new FleetMember(_redis, _root));
    }

    public async ValueTask DisposeAsync()
    {
        await One.DisposeAsync();
        await Other.DisposeAsync();
        await Redis.DisposeAsync();
        _root.Dispose();
    }

    [Fact]
    public async Task A_client_that_waits_at_another_one_is_waited_for_here()
    {
        await One.StartAsync();
        var job = One.Begin(isHelp: true);
        await One.PassTimeUntilAsync(
            async () =>
            {
                var before = One.Time.GetTimestamp();
                await Other.Channel.SendAsync(Other.Call, Cancellation);
                return job.LastAsked > before;
            },
            "it counts as asked");
    }

    [Fact]
    public async Task What_no_worker_comes_to_is_left_to_others()
    {
        await One.StartAsync();
        One.Begin(isHelp: true);
        await Eventually.IsTrueAsync(async () => await Redis.AskAsync("exists", $"rd:3:{Other.Call.Name}:claims") == "1", "it has claims");
        await One.PassTimeUntilAsync(
            async () => (await Other.Stream.GoAsync(new ClaimStep(0) { TakeOverFrom = "0-0", Finished = [], Renewed = [] }, Cancellation)).TakenOver.Length > 0,
            "another takes them over");
    }

    [Fact]
    public async Task What_another_does_not_hash_is_hashed_here_though_there_is_more_to_do()
    {
        var job = await BeginBehindAnotherAsync();
        using var reader = job.Digests.Attach(0);
        await One.PassTimeUntilAsync(
            async () =>
            {
                await Other.Stream.GoAsync(new ClaimStep(0) { Finished = [], Renewed = [Other.Layout.EntryAt(0)] }, Cancellation);
                return job.TryClaim(1) is { Blocks.First: 0 };
            },
            "it hashes the block that is waited for");
    }

    [Fact]
    public async Task What_a_lost_message_told_is_found_in_the_store_though_there_is_more_to_do()
    {
        var job = await BeginBehindAnotherAsync();
        using var reader = job.Digests.Attach(0);
        await StoreFirstAsync();
        await One.PassTimeUntilAsync(() => Task.FromResult(job.Digests.KnownCount == FleetMember.EntryBlocks), "it is found");
        Assert.NotEqual(0, job.TryClaim(1)!.Value.Blocks.First);
    }

    [Fact]
    public async Task What_was_told_between_looking_and_listening_is_known_at_once()
    {
        await Other.Stream.MakeAsync(Other.Layout.Entries(), 1, Cancellation);
        await StoreFirstAsync();
        await One.StartAsync();
        var job = One.Begin(isHelp: false);
        await Eventually.IsTrueAsync(() => job.Digests.KnownCount == FleetMember.EntryBlocks, "it is found");
    }

    [Fact]
    public async Task Who_hashes_for_another_calls_for_help_once_a_client_asks_here()
    {
        await Other.ListenAsync();
        await One.StartAsync();
        One.Begin(isHelp: true);
        One.Ask(isHelp: false);
        Assert.IsType<FleetMessage.Work>(await Other.Channel.Received.ReadAsync(Cancellation).AsTask().WaitAsync(Eventually.Limit, Cancellation));
    }

    [Fact]
    public async Task What_another_hashed_again_is_not_remembered_here()
    {
        await One.StartAsync();
        One.Memory.Add(One.Key.Content, new DigestTable(One.Key.Algorithm, FleetMember.Blocks));
        var call = Other.Call;
        await One.PassTimeUntilAsync(
            async () =>
            {
                await Other.Channel.SendAsync(new FleetMessage.Renewal(call.Sender, call.Hash, call.BlockSize, call.Algorithm, call.Path), Cancellation);
                return One.Memory.Peek(One.Key.Content) is null;
            },
            "it is forgotten");
    }

    [Fact]
    public async Task Jobs_that_ended_do_not_pile_up_while_Redis_was_never_there()
    {
        await Redis.StopAsync();
        await One.StartAsync(isRedisThere: false);
        One.Jobs.Drop(One.Begin(isHelp: false));
        await Eventually.IsTrueAsync(() => One.Shared.Added.Count == 0, "it is taken");
    }

    [Fact]
    public async Task Who_joins_in_a_full_Redis_leaves_the_claims_of_the_others_alone()
    {
        await Other.Stream.MakeAsync(Other.Layout.Entries(), 1, Cancellation);
        await Redis.AskAsync("config", "set", "maxmemory", "1");
        Assert.True((await Assert.ThrowsAsync<DigestStoreException>(() => One.Stream.MakeAsync(One.Layout.Entries(), 1, Cancellation))).IsForReading);
        Assert.Equal("1", await Redis.AskAsync("exists", $"rd:3:{Other.Call.Name}:claims"));
        Assert.StartsWith("1\n", await Redis.AskAsync("xpending", $"rd:3:{Other.Call.Name}:claims", "hash"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("NOGROUP No such key 'rd:3:0:claims' or consumer group 'hash' in XREADGROUP with GROUP option script: 0, on @user_script:7.")]
    [InlineData("ERR Error running script (call to f_0): @user_script:7: -NOGROUP No such key 'rd:3:0:claims' or consumer group 'hash' in XREADGROUP with GROUP option")]
    public void That_Redis_forgot_all_is_understood_as_any_version_says_it(string error) =>
        Assert.True(ClaimStream.IsForgotten(new DigestStoreException("", new RedisServerException(RedisErrorKind.Unknown, CommandFlags.None, error))));

    private Task StoreFirstAsync() =>
        Other.Store.WriteAsync(Other.Key, [new DigestRun(0, Enumerable.Repeat((byte)1, FleetMember.EntryBlocks * Other.Key.Algorithm.Size).ToArray())], Cancellation);

    // Another one has the first entry.
    private async Task<HashJob> BeginBehindAnotherAsync()
    {
        await Other.Stream.MakeAsync(Other.Layout.Entries(), 1, Cancellation);
        await One.StartAsync();
        var job = One.Begin(isHelp: false);
        await Eventually.IsTrueAsync(() => job.UnclaimedCount > 0, "it has claims of its own");
        return job;
    }
}
