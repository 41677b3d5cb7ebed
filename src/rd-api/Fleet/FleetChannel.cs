using System.Security.Cryptography;
using System.Threading.Channels;
using ReliableDownload.Api.Redis;
using StackExchange.Redis;

namespace ReliableDownload.Api.Fleet;

/// <summary>
/// The channel over which all rd-api of a fleet talk (Redis pub/sub). Messages may be lost: what matters is also in the store, and looked up there in the end. Thread-safe.
/// </summary>
internal sealed class FleetChannel(RedisConnection redis)
{
    // Messages of at most 64 KiB that wait to be read.
    private const int MaxWaiting = 256;

    private readonly Channel<FleetMessage> _received = Channel.CreateBounded<FleetMessage>(
        new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    private string Name => $"{redis.Options.Prefix}3:fleet";

    /// <summary>What this rd-api calls itself.</summary>
    public long Sender { get; } = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long)));

    /// <summary>What others said.</summary>
    public ChannelReader<FleetMessage> Received => _received.Reader;

    public Task SubscribeAsync(CancellationToken cancellationToken) => redis.SubscribeAsync(
        Name,
        bytes =>
        {
            if (FleetMessage.Read(bytes) is { } message && message.Sender != Sender)
                _received.Writer.TryWrite(message);
        },
        cancellationToken);

    public Task SendAsync(FleetMessage message, CancellationToken cancellationToken) =>
        redis.UseAsync(database => database.PublishAsync(RedisChannel.Literal(Name), message.Write()), cancellationToken);
}
