using System.Net;
using System.Runtime.InteropServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ReliableDownload.Api.Cache;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Api.Hosting;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Ahead;

/// <summary>
/// Walks through files and has each hashed by the workers of the server, some files ahead, so that all workers have work. Digests are stored as in the
/// server, every second: run again after an interruption, it goes on where it stopped. Used once.
/// </summary>
internal sealed class AheadHashing(IWebRoot root, HashJobs jobs, FolderWalk walk, RdApiOptions options, TimeProvider time)
{
    private const int SomeFailed = 1;
    private const int Interrupted = 130;
    private const int Terminated = 143;

    private static readonly TimeSpan Glance = TimeSpan.FromSeconds(1);

    private readonly Queue<Ahead> _ahead = new();
    private readonly AheadProgress _progress = new(time);

    /// <param name="start">The files and folders to hash.</param>
    /// <param name="isWhole">Whether whole files are hashed, too.</param>
    /// <param name="metalinks">The folder for Metalinks; null for none.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(RdApiOptions options, IReadOnlyList<RequestPath> start, bool isWhole, string? metalinks)
    {
        await using var provider = Compose(options);
        using var stop = new CancellationTokenSource();
        var signal = 0;
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Stop(context, Interrupted));
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Stop(context, Terminated));
        var hashing = provider.GetRequiredService<AheadHashing>();
        var services = provider.GetServices<IHostedService>().ToList();
        foreach (var service in services)
            await service.StartAsync(CancellationToken.None);
        try
        {
            await hashing.HashAsync(start, isWhole, metalinks, stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            Console.Error.WriteLine("rd-api: stopped; run the same command again to go on.");
            return signal;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FolderWalkException)
        {
            Console.Error.WriteLine($"rd-api: {error.Message.TrimEnd('.')}.");
            return SomeFailed;
        }
        finally
        {
            // In this order, so that what the workers finish last is still stored.
            foreach (var service in services.AsEnumerable().Reverse())
                await service.StopAsync(CancellationToken.None);
        }

        if (provider.GetRequiredService<StoreAccess>().IsAway)
        {
            Console.Error.WriteLine("rd-api: the digests could not be kept.");
            return SomeFailed;
        }

        hashing._progress.End();
        return hashing._progress.Failed == 0 ? 0 : SomeFailed;

        void Stop(PosixSignalContext context, int code)
        {
            context.Cancel = !stop.IsCancellationRequested;
            signal = code;
            stop.Cancel();
        }
    }

    private static ServiceProvider Compose(RdApiOptions options)
    {
        var services = new ServiceCollection();
        ConsoleLog.AddTo(services, options, options.Verbose ? LogLevel.Information : LogLevel.Warning);
        services.AddSingleton(options);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<Vitals>();
        services.AddSingleton(new FolderSnapshots(TimeProvider.System, options.Limits.Listings));
        services.AddSingleton(provider => WebRoot.Open(options, provider.GetRequiredService<ILogger>()));
        services.AddSingleton<FolderWalk>();
        services.AddSingleton<AheadHashing>();
        Composition.AddDigests(services, options);
        return services.BuildServiceProvider();
    }

    private async Task HashAsync(IReadOnlyList<RequestPath> start, bool isWhole, string? metalinks, CancellationToken cancellationToken)
    {
        var proofs = metalinks is null ? null : new ProofFiles(metalinks, options.Mirrors, root, _progress);
        await foreach (var path in FilesAsync(start, cancellationToken))
        {
            if ((proofs is null || !ProofFiles.IsOwn(path)) && root.IdentifyReadable(path) is { } identity)
                _progress.Expect(identity.Size);
        }

        await foreach (var path in FilesAsync(start, cancellationToken))
        {
            if (proofs is not null && ProofFiles.IsOwn(path))
                continue;
            if (_ahead.Count > options.Workers)
                await FinishFirstAsync(proofs, cancellationToken);
            if (Ask(path, isWhole) is { } ahead)
                _ahead.Enqueue(ahead);
        }

        while (_ahead.Count > 0)
            await FinishFirstAsync(proofs, cancellationToken);
        if (proofs is not null)
            await proofs.EndAsync(cancellationToken);
    }

    private async IAsyncEnumerable<RequestPath> FilesAsync(IReadOnlyList<RequestPath> start, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var path in start)
        {
            if (!path.EndsWithSlash)
            {
                yield return path;
                continue;
            }

            await foreach (var file in walk.FilesAsync(path, int.MaxValue, cancellationToken))
                yield return file;
        }
    }

    private Ahead? Ask(RequestPath path, bool isWhole)
    {
        try
        {
            if (root.IdentifyReadable(path) is not { } identity)
            {
                _progress.Fail(path, "cannot be opened");
                return null;
            }

            if (identity.Size > (long)BlockLayout.MaxBlockCount * options.BlockSize)
            {
                _progress.Fail(path, "needs a larger --block-size");
                return null;
            }

            var key = new DigestKey(DigestKey.NameOf(options.WebRoot, path), identity, options.BlockSize, DigestAlgorithm.Sha256);
            var blocks = jobs.Ask(new DigestRequest(key, path, IPAddress.Loopback))!;
            return new Ahead(path, blocks, isWhole ? jobs.Ask(new DigestRequest(key.Whole, path, IPAddress.Loopback)) : null);
        }
        catch (IOException error)
        {
            _progress.Fail(path, error.Message);
            return null;
        }
    }

    private async Task FinishFirstAsync(ProofFiles? proofs, CancellationToken cancellationToken)
    {
        var (path, blocks, whole) = _ahead.Dequeue();
        foreach (var digests in (FileDigests?[])[blocks, whole])
        {
            while (digests is not null && await digests.EndAsync(Glance, time, cancellationToken) == DigestsState.Pending)
                _progress.Tell(path, digests.KnownBytes);
            if (digests is null or { State: DigestsState.Complete })
                continue;
            _progress.Fail(path, digests.State == DigestsState.Failed ? digests.Failure : "changed while it was hashed: run the same command again");
            return;
        }

        if (proofs is not null)
            await proofs.WriteAsync(path, blocks, whole?.Read(static table => table.Run(0, 1)), cancellationToken);
        _progress.Finish(path, blocks.Key.Identity.Size);
    }

    private sealed record Ahead(RequestPath Path, FileDigests Blocks, FileDigests? Whole);
}
