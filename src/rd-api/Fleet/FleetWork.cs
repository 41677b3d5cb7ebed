using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ReliableDownload.Api.Cache;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Api.Redis;

namespace ReliableDownload.Api.Fleet;

/// <summary>
/// Shares the hashing of large files with all rd-api that use the same Redis. While Redis is away each goes on alone; what is left then is shared again.
/// </summary>
internal sealed class FleetWork(
    RedisConnection redis,
    FleetChannel channel,
    SharedJobs shared,
    HashJobs jobs,
    HashQueue queue,
    IDigestStore store,
    StoreAccess access,
    ToldFiles files,
    RdApiOptions options,
    Supervisor supervisor,
    TimeProvider time,
    ILogger log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan SubscribeInterval = TimeSpan.FromMilliseconds(200);

    private static readonly string[] Refusals = ["NOPERM", "can't run this command", "unknown command", "Unknown Redis command", "no permissions"];

    // What others said of files and waits to be looked at. Calls for help are repeated.
    private readonly Channel<FleetMessage.OfFile> _told = Channel.CreateBounded<FleetMessage.OfFile>(
        new BoundedChannelOptions(64) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    // By the name of the content. As many as there can be jobs.
    private readonly ConcurrentDictionary<string, SharedJob> _running = new(StringComparer.Ordinal);
    private readonly List<HashJob> _waiting = [];
    private bool _isRefused;

    // What was calculated last is then stored like any other job's.
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        foreach (var work in _running.Values)
            work.Job.EndSharing();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        supervisor.RunAsync("fleet", ShareAsync, stoppingToken),
        supervisor.RunAsync("fleet messages", ListenAsync, stoppingToken),
        supervisor.RunAsync("fleet files", LookAsync, stoppingToken),
        supervisor.RunAsync("fleet renewals", TellRenewalsAsync, stoppingToken));

    private async Task ShareAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        var added = Task.CompletedTask;
        var isSubscribed = false;
        while (true)
        {
            // The next master of Sentinels knows of no subscription.
            isSubscribed = !access.IsAway && (isSubscribed || await IsSubscribedAsync(cancellationToken));
            shared.IsPossible = isSubscribed && !_isRefused;
            while (shared.Added.TryRead(out var job))
            {
                if (job.IsShared)
                    Start(job, cancellationToken);
                else
                    _waiting.Add(job);
            }

            Retry(cancellationToken);
            if (added.IsCompleted)
                added = shared.Added.WaitToReadAsync(cancellationToken).AsTask();
            await added.WaitAsync(isSubscribed || access.IsAway ? Interval : SubscribeInterval, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    // Those that began while Redis was away, or while their file was too young.
    private void Retry(CancellationToken cancellationToken)
    {
        _waiting.RemoveAll(job => job.Digests.State != DigestsState.Pending);
        if (!shared.IsPossible)
            return;
        foreach (var job in _waiting.Where(job => job.IsSettled && job.IsSound && job.TryShare()).ToList())
        {
            _waiting.Remove(job);
            Start(job, cancellationToken);
        }
    }

    private void Start(HashJob job, CancellationToken cancellationToken) => _ = RunAsync(job, cancellationToken);

    private async Task RunAsync(HashJob job, CancellationToken cancellationToken)
    {
        var name = Convert.ToHexStringLower(RedisKeys.HashOf(job.Key));
        var layout = new ClaimLayout(job.Key);
        var stream = new ClaimStream(redis, RedisKeys.Claims(redis.Options.Prefix, name), channel.Sender, layout);
        var work = new SharedJob(job, stream, layout, channel, store, jobs, queue, options.Workers, time);
        var isToRetry = false;
        try
        {
            // Another job of the same content may just be ending, or its file has several names.
            if (_running.TryAdd(name, work))
                await work.RunAsync(cancellationToken);
            if (job.Digests.State == DigestsState.Complete)
                access.ReportStored();
            // It was given up, and nobody waits for it here.
            if (job is { IsHelp: true, Digests: { State: DigestsState.Pending, HasReaders: false } })
                jobs.Drop(job);
        }
        catch (DigestStoreException error)
        {
            isToRetry = ConsiderRetry(job, error);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The server stops; what is hashed already is stored.
        }
        catch (Exception error)
        {
            log.FleetBroke(error, job.Path);
        }

        _running.TryRemove(KeyValuePair.Create(name, work));
        job.EndSharing();
        queue.Wake();
        if (isToRetry)
            shared.Add(job);
    }

    /// <returns>Whether the job may be shared again later.</returns>
    private bool ConsiderRetry(HashJob job, DigestStoreException error)
    {
        if (ClaimStream.IsForgotten(error))
            job.Unstored.AddKnown(new BlockRun(0, job.Key.DigestCount));
        else if (!IsRefusal(error))
            access.Report(error);

        // One that takes nothing would be asked once a second, and hashing halt for it.
        if (!job.IsHelp || job.Digests.HasReaders)
            return !error.IsForReading;
        // Nobody waits for it here.
        jobs.Drop(job);
        return false;
    }

    /// <summary>Whether Redis can never be used for this, though it may be for digests.</summary>
    private bool IsRefusal(DigestStoreException error)
    {
        var reason = error.InnerException?.Message ?? "";
        if (!Refusals.Any(words => reason.Contains(words, StringComparison.Ordinal)))
            return false;
        if (!Interlocked.Exchange(ref _isRefused, true))
            log.FleetRefused(reason.Split(';')[0]);
        shared.IsPossible = false;
        return true;
    }

    private async Task<bool> IsSubscribedAsync(CancellationToken cancellationToken)
    {
        try
        {
            await channel.SubscribeAsync(cancellationToken);
            return true;
        }
        catch (DigestStoreException error)
        {
            // Not connected yet, or Redis is away, which the store says; or it will never be possible.
            return IsRefusal(error);
        }
    }

    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        await foreach (var message in channel.Received.ReadAllAsync(cancellationToken))
        {
            var isKnown = _running.TryGetValue(message.Name, out var work);
            if (message is FleetMessage.Digests digests && isKnown)
                jobs.Learn(work!.Job, new DigestRun(digests.First, digests.Bytes));
            // Somebody's client waits for it, so it must not wait here behind all that others ask for.
            else if (message is FleetMessage.Work && isKnown)
                work!.Job.LastAsked = time.GetTimestamp();
            else if (message is FleetMessage.OfFile told && (message is FleetMessage.Renewal || shared.IsPossible))
                _told.Writer.TryWrite(told);
        }
    }

    // By itself, because the files' storage may hang, and digests still have to be heard.
    private async Task LookAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        await foreach (var told in _told.Reader.ReadAllAsync(cancellationToken))
        {
            if (told is FleetMessage.Renewal || !_running.ContainsKey(told.Name))
                files.Do(told);
        }
    }

    private async Task TellRenewalsAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        await foreach (var (key, path) in shared.Renewed.ReadAllAsync(cancellationToken))
        {
            try
            {
                var message = new FleetMessage.Renewal(channel.Sender, RedisKeys.HashOf(key), key.BlockSize, key.Algorithm, path.Bytes);
                await channel.SendAsync(message, cancellationToken);
            }
            catch (DigestStoreException)
            {
                // The others go on with what they have, as for any message that is lost.
            }
        }
    }
}
